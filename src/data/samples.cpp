#include <isthmus/data/file_values.hpp>
#include <isthmus/data/numbers.hpp>
#include <isthmus/data/samples.hpp>
#include <isthmus/data/window.hpp>
#include <isthmus/error.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <memory>
#include <numeric>
#include <type_traits>
#include <utility>

#include "shapes.hpp"

namespace isthmus::data {
namespace {

using Bytes = std::vector<std::uint8_t>;
using Floats = std::vector<float>;
constexpr NumberType pixels{NumberKind::pixel, 1, false};

bool may_be_infinite(const Window& window) { return window.type().kind == NumberKind::floating; }

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

/// Puts what missing values become into their places. Throws NumberError if another one is not finite; `first` is
/// the number of the first of `values` in the whole set.
void settle(const std::string& name, std::size_t sample_size, std::span<float> values, std::uint64_t first,
            Fill fill) {
  for (auto at = values.begin();;) {
    at = std::find_if(at, values.end(), [](float x) { return !std::isfinite(x); });
    if (at == values.end()) return;
    if (fill && std::isnan(*at)) {
      *at++ = *fill;
      continue;
    }
    const std::uint64_t index = first + static_cast<std::uint64_t>(at - values.begin());
    throw NumberError(fmt::format(
        "{}: sample {}, position {}: expected a finite number, found {}", name, index / sample_size,
        index % sample_size,
        std::isnan(*at) ? "nan, a missing value (--fill says what becomes of it)" : fmt::format("{}", *at)));
  }
}

Fill checked_fill(const std::string& name, Fill fill) {
  if (fill && std::isinf(*fill))
    throw NumberError(
        fmt::format("{}: what missing values become: expected a finite number, found {}", name, *fill));
  return fill;
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

/// Calls `take` with pieces of whole samples, otherwise like in_pieces.
template <class T, class Take>
void in_samples(std::uint64_t first, std::uint64_t n, std::size_t sample_size, Take take) {
  constexpr std::size_t worth_a_call = 65536;
  std::vector<T> piece(std::max<std::size_t>(1, worth_a_call / sample_size) * sample_size);
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
  std::uint64_t missing = 0;

  void add(std::span<const T> values) {
    // One chain of additions in order, beside which the extremes cost no time; those of bytes are vectors.
    if constexpr (std::is_integral_v<T>) sum = std::accumulate(values.begin(), values.end(), sum);
    for (const T value : values) {
      if constexpr (!std::is_integral_v<T>) {
        if (std::isnan(value)) {
          ++missing;
          continue;
        }
        sum += static_cast<Sum>(value);
      }
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
  Fill fill;
  std::variant<Bytes, Floats, Window, std::unique_ptr<const FileValues>> values;

  /// The values [first, first + n), whole samples if a library reads them, as floats.
  void read(std::uint64_t first, std::size_t n, float* out) const {
    if (const auto* bytes = std::get_if<Bytes>(&values)) {
      to_floats(pixels, bytes->data() + first, n, out);
    } else if (const auto* floats = std::get_if<Floats>(&values)) {
      std::copy_n(floats->data() + first, n, out);
    } else if (const auto* window = std::get_if<Window>(&values)) {
      window->read(first, n, out);
      if (may_be_infinite(*window)) settle(name, sample_size, std::span(out, n), first, fill);
    } else {
      const FileValues& file = *std::get<std::unique_ptr<const FileValues>>(values);
      file.read(first, n, out);
      if (!file.pixels()) settle(name, sample_size, std::span(out, n), first, fill);
    }
  }

  /// Statistics of these values, which are whole samples: the same bits wherever they are stored, since floats are
  /// summed in order. `n` is not 0.
  Statistics statistics(std::uint64_t first, std::uint64_t n) const {
    Extremes<float, double> of_floats;
    Extremes<std::uint8_t, std::uint64_t> of_bytes;
    const auto add_floats = [&](std::span<const float> some) { of_floats.add(some); };
    const auto add_bytes = [&](std::span<const std::uint8_t> some) { of_bytes.add(some); };
    const auto read_and_add_floats = [&](std::uint64_t from, std::span<float> piece) {
      read(from, piece.size(), piece.data());
      add_floats(piece);
    };
    const auto* window = std::get_if<Window>(&values);
    if (const auto* floats = std::get_if<Floats>(&values)) {
      add_floats(std::span(*floats).subspan(first, n));
    } else if (const auto* bytes = std::get_if<Bytes>(&values)) {
      add_bytes(std::span(*bytes).subspan(first, n));
    } else if (window != nullptr && window->type() == pixels) {
      in_pieces<std::uint8_t>(first, n, [&](std::uint64_t from, std::span<std::uint8_t> piece) {
        window->read_bytes(from, piece.size(), piece.data());
        add_bytes(piece);
      });
    } else if (window != nullptr) {
      in_pieces<float>(first, n, read_and_add_floats);
    } else if (const auto& file = std::get<std::unique_ptr<const FileValues>>(values); file->pixels()) {
      in_samples<std::uint8_t>(first, n, sample_size, [&](std::uint64_t from, std::span<std::uint8_t> piece) {
        file->read_bytes(from, piece.size(), piece.data());
        add_bytes(piece);
      });
    } else {
      in_samples<float>(first, n, sample_size, read_and_add_floats);
    }
    const auto count = static_cast<double>(n - of_floats.missing);
    if (count == 0) return {};
    if (!of_bytes.any()) return {of_floats.least, of_floats.most, of_floats.sum / count};
    return {static_cast<float>(of_bytes.least) / 255.0f, static_cast<float>(of_bytes.most) / 255.0f,
            static_cast<double>(of_bytes.sum) / 255.0 / count};
  }
};

Samples::Samples() : storage_(std::make_shared<const Storage>()) {}

Samples::Samples(std::string name, std::vector<std::int64_t> shape, Values values,
                 std::vector<std::uint8_t> labels, Fill fill) {
  const std::size_t size = std::visit([](const auto& all) { return all.size(); }, values);
  const std::size_t sample_size = checked_sample_size(name, shape, size);
  count_ = size / sample_size;
  if (auto* floats = std::get_if<Floats>(&values)) settle(name, sample_size, *floats, 0, checked_fill(name, fill));
  Storage storage{std::move(name), std::move(shape), sample_size, fill, {}};
  std::visit([&](auto& all) { storage.values = std::move(all); }, values);
  storage_ = std::make_shared<const Storage>(std::move(storage));
  set_labels(std::move(labels));
}

Samples::Samples(std::string name, std::vector<std::int64_t> shape, Window values, Fill fill) {
  const std::size_t sample_size = checked_sample_size(name, shape, values.size());
  const std::uint64_t size = values.size();
  const bool read_all = may_be_infinite(values);
  count_ = static_cast<std::size_t>(size / sample_size);
  fill = checked_fill(name, fill);
  storage_ = std::make_shared<const Storage>(
      Storage{std::move(name), std::move(shape), sample_size, fill, std::move(values)});
  if (!read_all) return;
  in_pieces<float>(0, size, [&](std::uint64_t from, std::span<float> piece) {
    storage_->read(from, piece.size(), piece.data());
  });
}

Samples::Samples(std::string name, std::vector<std::int64_t> shape, std::unique_ptr<const FileValues> values,
                 Fill fill) {
  const std::size_t sample_size = checked_sample_size(name, shape, values->size());
  const std::uint64_t size = values->size();
  const bool read_all = !values->pixels();
  count_ = static_cast<std::size_t>(size / sample_size);
  fill = checked_fill(name, fill);
  storage_ = std::make_shared<const Storage>(
      Storage{std::move(name), std::move(shape), sample_size, fill, std::move(values)});
  if (!read_all) return;
  in_samples<float>(0, size, sample_size, [&](std::uint64_t from, std::span<float> piece) {
    storage_->read(from, piece.size(), piece.data());
  });
}

const std::string& Samples::name() const { return storage_->name; }
const std::vector<std::int64_t>& Samples::shape() const { return storage_->shape; }
std::size_t Samples::sample_size() const { return storage_->sample_size; }
bool Samples::held() const {
  return std::holds_alternative<Bytes>(storage_->values) || std::holds_alternative<Floats>(storage_->values);
}

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
    throw ShapeError(
        fmt::format("{}: expected one label for each of {} samples, found {}", name(), count_, labels.size()));
  }
  // Labels are indexed by the samples' numbers in the whole set.
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
