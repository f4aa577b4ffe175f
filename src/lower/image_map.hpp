// What the kernels of images have to know beside their operands.
#pragma once

#include <isthmus/lower/program.hpp>

namespace isthmus::lower {

/// Of a group whose anchor is an operation on images, or a reshape: of its node and of its operands' shapes.
ImageMap image_map_of(const plan::PlanView& plan, const plan::Group& group);

}  // namespace isthmus::lower
