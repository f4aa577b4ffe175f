// The data that kernels of images need beside their operands.
#pragma once

#include <isthmus/lower/program.hpp>

namespace isthmus::ops {

lower::ImageExtent extent_of(const Shape& shape);

/// The map of a node, from the extents of one sample of its image and of its result.
lower::ImageMap image_map(const Node& node, const lower::ImageExtent& image, const lower::ImageExtent& result);

/// Binds the map of an operation from an image to an image.
void bind_image(const plan::PlanView& plan, const plan::Group& group, lower::AnchorCall& call);

}  // namespace isthmus::ops
