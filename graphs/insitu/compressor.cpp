#include "compressor.hpp"

#include <isthmus/data/bounded.hpp>

#include <algorithm>
#include <cmath>
#include <limits>

#include "tiles.hpp"

namespace insitu {
namespace {

/// Values, rows of `width`, to about one part in `parts` of the largest; replaces them by what a reader will get.
std::string store_roughly(std::vector<float>& values, std::int64_t width, float largest, float parts) {
  const std::vector<float> nothing(values.size(), 0.0f);
  const float epsilon = std::max(largest / parts, std::numeric_limits<float>::min());
  std::string bytes = isthmus::data::encode_bounded(values, width, nothing, epsilon);
  values = isthmus::data::decode_bounded(bytes, nothing);
  return bytes;
}

float largest_of(std::span<const float> values) {
  float largest = 0;
  for (const float value : values) largest = std::max(largest, std::fabs(value));
  return largest;
}

constexpr float parts_of_scales = 256, parts_of_codes = 64;

}  // namespace

Normalised normalise(std::span<const float> field, int rows, int columns) {
  const auto tiles = static_cast<std::size_t>(tiles_of(rows, columns));
  Normalised result;
  result.tiles.resize(tiles * tile_points);
  result.scales.resize(2 * tiles);
  for_each_tile(rows, columns, [&](int index, std::size_t first) {
    const auto i = static_cast<std::size_t>(index);
    float* const tile = result.tiles.data() + i * tile_points;
    cut(field.data() + first, columns, tile);
    double sum = 0, squares = 0;
    int count = 0;
    for (const float value : std::span(tile, tile_points)) {
      if (!std::isfinite(value)) continue;
      sum += value;
      squares += static_cast<double>(value) * value;
      ++count;
    }
    const double mean = count > 0 ? sum / count : 0;
    const double variance = count > 0 ? std::max(0.0, squares / count - mean * mean) : 0;
    result.scales[i] = static_cast<float>(mean);
    result.scales[tiles + i] = static_cast<float>(std::sqrt(variance));
  });
  const float largest = largest_of(std::span(result.scales).last(tiles));
  result.stored_scales = store_roughly(result.scales, static_cast<std::int64_t>(tiles), largest, parts_of_scales);
  for (std::size_t i = 0; i < tiles; ++i) {
    const float mean = result.scales[i], spread = result.scales[tiles + i];
    for (float& value : std::span(result.tiles).subspan(i * tile_points, tile_points))
      value = spread > 0 && std::isfinite(value) ? (value - mean) / spread : 0.0f;
  }
  return result;
}

Compressor::Compressor(const std::vector<isthmus::NamedTensor>& parameters) : restorer_(parameters, "trainer") {
  encoder_.write(parameters, "trainer");
  encoder_.set_threads(isthmus::Threads::none());
}

StoredField Compressor::compress(std::span<const float> field, int rows, int columns) {
  Normalised normalised = normalise(field, rows, columns);
  const auto tiles = static_cast<std::size_t>(tiles_of(rows, columns));
  std::vector<float> codes(tiles * code_size);
  for (std::size_t first = 0; first < tiles; first += batch) {
    const std::size_t count = std::min<std::size_t>(batch, tiles - first);
    encoder_.encode(std::span(normalised.tiles).subspan(first * tile_points, count * tile_points),
                    std::span(codes).subspan(first * code_size, count * code_size));
  }
  StoredField stored;
  stored.scales = std::move(normalised.stored_scales);
  stored.codes = store_roughly(codes, code_size, largest_of(codes), parts_of_codes);
  return stored;
}

StoredField Compressor::compress(std::span<const float> field, int rows, int columns, float epsilon) {
  StoredField stored = compress(field, rows, columns);
  const std::vector<float> guess = restorer_.guess(stored, rows, columns, "code");
  stored.residual = isthmus::data::encode_bounded(field, columns, guess, epsilon, restorer_.maker());
  return stored;
}

StoredField Compressor::compress_alone(std::span<const float> field, int columns, float epsilon) const {
  const std::vector<float> nothing(field.size(), 0.0f);
  return {{}, {}, isthmus::data::encode_bounded(field, columns, nothing, epsilon, restorer_.maker())};
}

float float_below(double epsilon) {
  const auto nearest = static_cast<float>(epsilon);
  return nearest > epsilon ? std::nextafter(nearest, 0.0f) : nearest;
}

}  // namespace insitu
