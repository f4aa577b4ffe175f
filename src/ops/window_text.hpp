// The text of a window in dumps.
#pragma once

#include <isthmus/graph.hpp>

#include <string>

namespace isthmus::ops {

/// The size of a window and its stride or upsampling: `3 × 3 by 2 × 2`, `3 × 3, upsampled by 2`.
std::string window_text(const Window& window);

}  // namespace isthmus::ops
