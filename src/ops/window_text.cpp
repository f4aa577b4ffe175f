#include "ops/window_text.hpp"

#include <fmt/format.h>

namespace isthmus::ops {

std::string window_text(const Window& w) {
  const auto each = [&](int z, int y, int x) {
    return z > 1 ? fmt::format("{} × {} × {}", z, y, x) : fmt::format("{} × {}", y, x);
  };
  const Window::Dimension z = w.z(), y = w.y(), x = w.x();
  std::string text = w.taps() > 1 || w.upsample() == 1 ? each(z.size, y.size, x.size) : std::string();
  if (z.stride > 1 || y.stride > 1 || x.stride > 1) text += " by " + each(z.stride, y.stride, x.stride);
  if (!w.is_dense()) text += ", dilated by " + each(z.dilation, y.dilation, x.dilation);
  if (w.groups() > 1) text += fmt::format(", {} groups", w.groups());
  if (w.upsample() > 1) text += fmt::format("{}upsampled by {}", text.empty() ? "" : ", ", w.upsample());
  return text;
}

}  // namespace isthmus::ops
