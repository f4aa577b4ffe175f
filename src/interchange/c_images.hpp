// Loops over images and windows, in C.
#pragma once

#include <isthmus/graph.hpp>

#include <string>

#include "c_text.hpp"

namespace isthmus::interchange {

/// A place in a series, an image or a volume, as expressions.
struct CPixel {
  std::string z = "z", y = "y", x = "x";
};

/// Opens the loops over the pixels [z][y][x]; z where there is depth.
void open_image(CCode& code, const Shape& image);

/// Opens the loops over a window's taps, from a pixel of `result`, with `plane`, `row` and `column` of what they
/// see in an image, upsampled; `plane` if one of both has depth.
void open_window(CCode& code, const Window& window, const Shape& image, const Shape& result);
bool is_deep(const Shape& image, const Shape& result);

/// The index of [place][channel] in an image; dimensions of extent one are left out.
std::string pixel(const Shape& image, const CPixel& at, const char* channel);

/// The pixel that a tap of a window sees.
std::string seen_pixel(const Shape& image, int upsample, const char* channel);

}  // namespace isthmus::interchange
