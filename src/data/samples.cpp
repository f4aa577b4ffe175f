#include <isthmus/data/samples.hpp>
#include <isthmus/data/window.hpp>
#include <isthmus/error.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numeric>
#include <type_traits>
#include <utility>

#include "convert.hpp"
#include "shapes.hpp"

namespace isthmus::data {
namespace {

using Bytes = std::vector<std::uint8_t>;
using Floats = std::vector<float>;

/// Values per sample. Throws ShapeError unless `count` values are whole samples of this shape.
std::size_t checked_sample_size(const std::string& name, const std::vector<std::int64_t>& shape,
                                std::uint64_t count) {
  const std::uint64_t size = value_count(shape).value_or(0);
  if (size == 0) {
    throw ShapeError(
        fmt::format("{}: expected samples of at least one value, found shape {}", name, shape_text(shape)));
  }
  if (count % size != 0) {
    throw ShapeError(
        fmt::format("{}: expected whole samples of shape {}, found {} values", name, shape_text(shape), count));
  }
  return static_cast<std::size_t>(size);
}

/// `first` is the number of the first of `values` in the whole set.
void require_finite(const std::string& name, std::size_t sample_size, std::span<const float> values,
                    std::uint64_t first) {
  const auto bad = std::find_if(values.begin(), values.end(), [](float x) { return !std::isfinite(x); });
  if (bad == values.end()) return;
  const std::uint64_t index = first + static_cast<std::uint64_t>(bad - values.begin());
  throw NumberError(fmt::format("{}: sample {}, position {}: expected a finite number, found {}", name,
                                index / sample_size, index % sample_size, *bad));
}

/// Calls `take` with pieces of [first, first + n), each the number of its first value and how many there are.
template <class T, class Take>
void in_pieces(std::uint64_t first, std::uint64_t n, Take take) {
  std::array<T, 16384 / sizeof(T)> piece;
  for (const std::uint64_t end = first + n; first < end;) {
    const std::uint64_t size = std::min<std::uint64_t>(piece.size(), end - first);
    take(first, std::span(piece).first(static_cast<std::size_t>(size)));
    first += size;
  }
}

/// The least and the largest of some values, and their sum.
template <class T, class Sum>
struct Extremes {
  T least = std::numeric_limits<T>::max(), most = std::numeric_limits<T>::lowest();
  Sum sum = 0;

  void add(std::span<const T> values) {
    // One chain of additions in order, beside which the extremes cost no time; those of bytes are vectors.
    if constexpr (std::is_integral_v<T>) sum = std::accumulate(values.begin(), values.end(), sum);
    for (const T value : values) {
      if constexpr (!std::is_integral_v<T>) sum += static_cast<Sum>(value);
      least = std::min(least, value);
      most = std::max(most, value);
    }
  }
  bool any() const { return least <= most; }
};

}  // namespace

struct Samples::Storage {
  std::string name;
  std::vector<std::int64_t> shape;
  std::size_t sample_size = 0;
  std::variant<Bytes, Floats, Window> values;

  /// The values [first, first + n) as floats.
  void read(std::uint64_t first, std::size_t n, float* out) const {
    if (const auto* bytes = std::get_if<Bytes>(&values)) {
      fractions_of(bytes->data() + first, n, out);
    } else if (const auto* floats = std::get_if<Floats>(&values)) {
      std::copy_n(floats->data() + first, n, out);
    } else {
      const Window& window = std::get<Window>(values);
      window.read(first, n, out);
      if (window.stored() != Stored::byte) require_finite(name, sample_size, std::span(out, n), first);
    }
  }

  /// Of these values: the same bits wherever they are, one chain of additions for floats. `n` is not 0.
  Statistics statistics(std::uint64_t first, std::uint64_t n) const {
    Extremes<float, double> of_floats;
    Extremes<std::uint8_t, std::uint64_t> of_bytes;
    const auto add_floats = [&](std::span<const float> some) { of_floats.add(some); };
    const auto add_bytes = [&](std::span<const std::uint8_t> some) { of_bytes.add(some); };
    const auto* window = std::get_if<Window>(&values);
    if (const auto* floats = std::get_if<Floats>(&values)) {
      add_floats(std::span(*floats).subspan(first, n));
    } else if (const auto* bytes = std::get_if<Bytes>(&values)) {
      add_bytes(std::span(*bytes).subspan(first, n));
    } else if (window->stored() == Stored::byte) {
      in_pieces<std::uint8_t>(first, n, [&](std::uint64_t from, std::span<std::uint8_t> piece) {
        window->read_bytes(from, piece.size(), piece.data());
        add_bytes(piece);
      });
    } else {
      in_pieces<float>(first, n, [&](std::uint64_t from, std::span<float> piece) {
        read(from, piece.size(), piece.data());
        add_floats(piece);
      });
    }
    const auto count = static_cast<double>(n);
    if (!of_bytes.any()) return {of_floats.least, of_floats.most, of_floats.sum / count};
    return {static_cast<float>(of_bytes.least) / 255.0f, static_cast<float>(of_bytes.most) / 255.0f,
            static_cast<double>(of_bytes.sum) / 255.0 / count};
  }
};

Samples::Samples() : storage_(std::make_shared<const Storage>()) {}

Samples::Samples(std::string name, std::vector<std::int64_t> shape, Values values,
                 std::vector<std::uint8_t> labels) {
  const std::size_t size = std::visit([](const auto& all) { return all.size(); }, values);
  const std::size_t sample_size = checked_sample_size(name, shape, size);
  count_ = size / sample_size;
  if (const auto* floats = std::get_if<Floats>(&values)) require_finite(name, sample_size, *floats, 0);
  Storage storage{std::move(name), std::move(shape), sample_size, {}};
  std::visit([&](auto& all) { storage.values = std::move(all); }, values);
  storage_ = std::make_shared<const Storage>(std::move(storage));
  set_labels(std::move(labels));
}

Samples::Samples(std::string name, std::vector<std::int64_t> shape, Window values) {
  const std::size_t sample_size = checked_sample_size(name, shape, values.size());
  const std::uint64_t size = values.size();
  const bool may_be_infinite = values.stored() != Stored::byte;
  count_ = static_cast<std::size_t>(size / sample_size);
  storage_ = std::make_shared<const Storage>(
      Storage{std::move(name), std::move(shape), sample_size, std::move(values)});
  if (!may_be_infinite) return;
  in_pieces<float>(0, size, [&](std::uint64_t from, std::span<float> piece) {
    storage_->read(from, piece.size(), piece.data());
  });
}

const std::string& Samples::name() const { return storage_->name; }
const std::vector<std::int64_t>& Samples::shape() const { return storage_->shape; }
std::size_t Samples::sample_size() const { return storage_->sample_size; }
bool Samples::held() const { return !std::holds_alternative<Window>(storage_->values); }

std::span<const std::uint8_t> Samples::labels() const {
  if (!labels_) return {};
  return std::span(*labels_).subspan(first_, count_);
}

Samples Samples::with_labels(std::vector<std::uint8_t> labels) const {
  Samples labelled = *this;
  labelled.set_labels(std::move(labels));
  return labelled;
}

/// `labels` are empty or one for each sample.
void Samples::set_labels(std::vector<std::uint8_t> labels) {
  if (labels.empty()) return;
  if (labels.size() != count_) {
    throw ShapeError(fmt::format("{}: expected one label for each of {} samples, found {}", name(), count_,
                                 labels.size()));
  }
  // They are found by their numbers in the whole set.
  labels.insert(labels.begin(), first_, 0);
  labels_ = std::make_shared<const std::vector<std::uint8_t>>(std::move(labels));
}

void Samples::require(std::size_t first, std::size_t n) const {
  if (first <= count_ && n <= count_ - first) return;
  throw ShapeError(
      fmt::format("{}: expected samples {} to {}, found {} samples", name(), first, first + n, count_));
}

void Samples::values(std::size_t first, std::size_t n, float* out) const {
  require(first, n);
  storage_->read((first_ + first) * sample_size(), n * sample_size(), out);
}

void Samples::gather(std::span<const std::uint32_t> indices, float* out) const {
  for (const std::uint32_t index : indices) require(index, 1);
  const std::size_t size = sample_size();
  for (std::size_t row = 0; row < indices.size(); ++row)
    storage_->read((first_ + indices[row]) * size, size, out + row * size);
}

Samples Samples::slice(std::size_t first, std::size_t n) const {
  require(first, n);
  Samples part = *this;
  part.first_ += first;
  part.count_ = n;
  return part;
}

Samples::Statistics Samples::statistics() const {
  if (count_ == 0) return {};
  const std::size_t size = sample_size();
  return storage_->statistics(first_ * size, count_ * size);
}

}  // namespace isthmus::data
