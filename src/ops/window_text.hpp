// How dumps write a window.
#pragma once

#include <isthmus/graph.hpp>

#include <string>

namespace isthmus::ops {

/// How it moves over the image: `3 × 3 by 2 × 2`, `3 × 3, upsampled by 2`.
std::string window_text(const Window& window);

}  // namespace isthmus::ops
