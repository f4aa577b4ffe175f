#include "c_images.hpp"

#include <fmt/format.h>

#include "c_loops.hpp"

namespace isthmus::interchange {
namespace {

/// One dimension of a window: the `place` that the tap `tap` of the result `at` sees, unless that is outside.
void write_place(CCode& code, const char* place, const char* at, const char* tap, const Window::Dimension& window,
                 int size) {
  const std::string scale = window.stride == 1 ? "" : fmt::format(" * {}", window.stride);
  const std::string shift = window.pad == 0 ? "" : fmt::format(" - {}", window.pad);
  const std::string apart = window.dilation == 1 ? "" : fmt::format(" * {}", window.dilation);
  code.line(fmt::format("const long {} = {}{}{} + {}{};", place, at, scale, shift, tap, apart));
  code.line(fmt::format("if ({0} < 0 || {0} >= {1}) continue;", place, size));
}

}  // namespace

void open_image(CCode& code, const Shape& image) {
  if (image.depth() > 1) open_loop(code, "z", image.depth());
  open_loop(code, "y", image.height());
  open_loop(code, "x", image.width());
}

void open_window(CCode& code, const Window& window, const Shape& image, const Shape& result) {
  if (is_deep(image, result) || window.depth() > 1) {
    open_loop(code, "k", window.depth());
    write_place(code, "plane", result.depth() > 1 ? "z" : "0", "k", window.z(), image.depth() * window.upsample());
  }
  open_loop(code, "i", window.height());
  write_place(code, "row", "y", "i", window.y(), image.height() * window.upsample());
  open_loop(code, "j", window.width());
  write_place(code, "column", "x", "j", window.x(), image.width() * window.upsample());
}

bool is_deep(const Shape& image, const Shape& result) { return image.depth() > 1 || result.depth() > 1; }

std::string pixel(const Shape& image, const CPixel& at, const char* channel) {
  const std::string row = image.depth() == 1 ? at.y : fmt::format("({} * {} + {})", at.z, image.height(), at.y);
  const std::string first = image.width() == 1 ? row : fmt::format("{} * {} + {}", row, image.width(), at.x);
  return image.channels() == 1 ? first : fmt::format("({}) * {} + {}", first, image.channels(), channel);
}

std::string seen_pixel(const Shape& image, int upsample, const char* channel) {
  const auto source = [&](const char* of) { return upsample == 1 ? of : fmt::format("{} / {}", of, upsample); };
  return pixel(image, {source("plane"), source("row"), source("column")}, channel);
}

}  // namespace isthmus::interchange
