// The shape in which samples are drawn and compared as images.
#pragma once

#include "models.hpp"

#include <optional>

namespace isthmus::tool {

struct ImageShape {
  int height, width, channels;
};

/// The image that extents of one sample stand for: as they say, or the square that a plain row of values
/// makes. None if they are no image, or one with a side of more than 1024 pixels.
std::optional<ImageShape> image_shape(const std::vector<std::int64_t>& extents);

/// The image that a model's samples are: as the data say, or the model, if its input is an image.
std::optional<ImageShape> image_shape(const ModelEntry& entry, const data::Samples& samples);
/// The image that a model's samples are. Throws ShapeError if they are none.
ImageShape require_image_shape(const ModelEntry& entry, const data::Samples& samples);

}  // namespace isthmus::tool
