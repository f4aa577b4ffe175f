#include "c_images.hpp"

#include <fmt/format.h>

#include "c_loops.hpp"

namespace isthmus::interchange {
namespace {

/// One dimension of a window: the `place` that the tap `tap` of the result `at` sees, unless that is outside.
void write_place(CCode& code, const char* place, const char* at, const char* tap, int stride, int pad, int size) {
  const std::string scale = stride == 1 ? "" : fmt::format(" * {}", stride);
  const std::string shift = pad == 0 ? "" : fmt::format(" - {}", pad);
  code.line(fmt::format("const long {} = {}{}{} + {};", place, at, scale, shift, tap));
  code.line(fmt::format("if ({0} < 0 || {0} >= {1}) continue;", place, size));
}

}  // namespace

void open_image(CCode& code, const Shape& image) {
  open_loop(code, "y", image.height());
  open_loop(code, "x", image.width());
}

void open_window(CCode& code, const Window& window, const Shape& image) {
  open_loop(code, "i", window.height);
  write_place(code, "row", "y", "i", window.stride_y, window.pad_y, image.height() * window.upsample);
  open_loop(code, "j", window.width);
  write_place(code, "column", "x", "j", window.stride_x, window.pad_x, image.width() * window.upsample);
}

std::string pixel(const Shape& image, const std::string& y, const std::string& x, const char* channel) {
  const std::string first = image.width() == 1 ? y : fmt::format("{} * {} + {}", y, image.width(), x);
  return image.channels() == 1 ? first : fmt::format("({}) * {} + {}", first, image.channels(), channel);
}

std::string source_pixel(const Shape& image, int upsample, const char* y, const char* x, const char* channel) {
  if (upsample == 1) return pixel(image, y, x, channel);
  return pixel(image, fmt::format("{} / {}", y, upsample), fmt::format("{} / {}", x, upsample), channel);
}

std::string seen_pixel(const Shape& image, int upsample, const char* channel) {
  return source_pixel(image, upsample, "row", "column", channel);
}

}  // namespace isthmus::interchange
