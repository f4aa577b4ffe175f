#include "ops/window_text.hpp"

#include <fmt/format.h>

namespace isthmus::ops {

std::string window_text(const Window& w) {
  std::string text = w.taps() > 1 || w.upsample == 1 ? fmt::format("{} × {}", w.height, w.width) : std::string();
  if (w.stride_y > 1 || w.stride_x > 1) text += fmt::format(" by {} × {}", w.stride_y, w.stride_x);
  if (w.upsample > 1) text += fmt::format("{}upsampled by {}", text.empty() ? "" : ", ", w.upsample);
  return text;
}

}  // namespace isthmus::ops
