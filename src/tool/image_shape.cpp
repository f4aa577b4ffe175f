#include "image_shape.hpp"

#include <isthmus/error.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cmath>

namespace isthmus::tool {

std::optional<ImageShape> image_shape(const std::vector<std::int64_t>& extents) {
  constexpr std::int64_t largest_side = 1024;
  std::int64_t height = 0, width = 0, channels = 1;
  if (extents.size() == 1) {
    height = width = std::llround(std::sqrt(static_cast<double>(extents[0])));
    if (height * width != extents[0]) return std::nullopt;
  } else if (extents.size() == 2 || (extents.size() == 3 && (extents[2] == 1 || extents[2] == 3))) {
    height = extents[0];
    width = extents[1];
    if (extents.size() == 3) channels = extents[2];
  } else {
    return std::nullopt;
  }
  // So long and narrow a matrix is a series of a few channels.
  constexpr std::int64_t most_slender = 16;
  if (height > most_slender * width || width > most_slender * height) return std::nullopt;
  if (height > largest_side || width > largest_side) return std::nullopt;
  return ImageShape{static_cast<int>(height), static_cast<int>(width), static_cast<int>(channels)};
}

std::optional<ImageShape> image_shape(const ModelEntry& entry, const data::Samples& samples) {
  if (const auto shape = image_shape(samples.shape())) return shape;
  const Shape& input = entry.declared[target_port(entry.declared)].shape;
  if (!input.is_image()) return std::nullopt;
  return image_shape({input.height(), input.width(), input.channels()});
}

ImageShape require_image_shape(const ModelEntry& entry, const data::Samples& samples) {
  if (const auto shape = image_shape(entry, samples)) return *shape;
  throw ShapeError(fmt::format("{}: expected images, found samples of shape {}", samples.name(), samples.shape()));
}

}  // namespace isthmus::tool
