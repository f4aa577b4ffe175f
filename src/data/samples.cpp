#include <isthmus/data/samples.hpp>
#include <isthmus/error.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include "shapes.hpp"

namespace isthmus::data {
namespace {

// A division, not a product with 1/255: it is correctly rounded, as NumPy's is.
void read(const std::uint8_t* from, std::size_t n, float* out) {
  for (std::size_t i = 0; i < n; ++i) out[i] = static_cast<float>(from[i]) / 255.0f;
}
void read(const float* from, std::size_t n, float* out) { std::copy_n(from, n, out); }

double sum(std::span<const std::uint8_t> values) {
  return static_cast<double>(std::accumulate(values.begin(), values.end(), std::uint64_t{0})) / 255.0;
}
double sum(std::span<const float> values) { return std::accumulate(values.begin(), values.end(), 0.0); }

void require_finite(const std::string& name, std::span<const float> values, std::size_t sample_size) {
  const auto bad = std::find_if(values.begin(), values.end(), [](float x) { return !std::isfinite(x); });
  if (bad == values.end()) return;
  const auto index = static_cast<std::size_t>(bad - values.begin());
  throw NumberError(fmt::format("{}: sample {}, position {}: expected a finite number, found {}", name,
                                index / sample_size, index % sample_size, *bad));
}

}  // namespace

Samples::Samples() : storage_(std::make_shared<const Storage>()) {}

Samples::Samples(std::string name, std::vector<std::int64_t> shape, Values values,
                 std::vector<std::uint8_t> labels) {
  const std::size_t size = std::visit([](const auto& all) { return all.size(); }, values);
  const auto sample_size = value_count(shape).value_or(0);
  if (sample_size == 0) {
    throw ShapeError(
        fmt::format("{}: expected samples of at least one value, found shape {}", name, shape_text(shape)));
  }
  if (size % sample_size != 0) {
    throw ShapeError(fmt::format("{}: expected whole samples of shape {}, found {} values", name,
                                 shape_text(shape), size));
  }
  count_ = size / sample_size;
  if (!labels.empty() && labels.size() != count_) {
    throw ShapeError(
        fmt::format("{}: expected one label for each of {} samples, found {}", name, count_, labels.size()));
  }
  if (const auto* floats = std::get_if<std::vector<float>>(&values)) {
    require_finite(name, *floats, sample_size);
  }
  storage_ = std::make_shared<const Storage>(
      Storage{std::move(name), std::move(shape), sample_size, std::move(values), std::move(labels)});
}

std::span<const std::uint8_t> Samples::labels() const {
  if (storage_->labels.empty()) return {};
  return std::span(storage_->labels).subspan(first_, count_);
}

void Samples::require(std::size_t first, std::size_t n) const {
  if (first <= count_ && n <= count_ - first) return;
  throw ShapeError(
      fmt::format("{}: expected samples {} to {}, found {} samples", name(), first, first + n, count_));
}

void Samples::values(std::size_t first, std::size_t n, float* out) const {
  require(first, n);
  const std::size_t size = sample_size();
  std::visit([&](const auto& all) { read(all.data() + (first_ + first) * size, n * size, out); },
             storage_->values);
}

void Samples::gather(std::span<const std::uint32_t> indices, float* out) const {
  for (const std::uint32_t index : indices) require(index, 1);
  const std::size_t size = sample_size();
  std::visit(
      [&](const auto& all) {
        for (std::size_t row = 0; row < indices.size(); ++row) {
          read(all.data() + (first_ + indices[row]) * size, size, out + row * size);
        }
      },
      storage_->values);
}

Samples Samples::slice(std::size_t first, std::size_t n) const {
  require(first, n);
  Samples part = *this;
  part.first_ += first;
  part.count_ = n;
  return part;
}

double Samples::mean() const {
  if (count_ == 0) return 0.0;
  const std::size_t size = sample_size();
  const double total =
      std::visit([&](const auto& all) { return sum(std::span(all).subspan(first_ * size, count_ * size)); },
                 storage_->values);
  return total / static_cast<double>(count_ * size);
}

}  // namespace isthmus::data
