// Loops over images and windows, in C.
#pragma once

#include <isthmus/graph.hpp>

#include <string>

#include "c_text.hpp"

namespace isthmus::interchange {

/// Opens the loops over the pixels [y][x].
void open_image(CCode& code, const Shape& image);

/// Opens the loops over a window's taps, with `row` and `column` of what they see in an image, upsampled.
void open_window(CCode& code, const Window& window, const Shape& image);

/// The index of [y][x][channel] in an image; dimensions of extent one are left out.
std::string pixel(const Shape& image, const std::string& y, const std::string& x, const char* channel);

/// The pixel that [y][x] of the upsampled image is a copy of.
std::string source_pixel(const Shape& image, int upsample, const char* y, const char* x, const char* channel);

/// The pixel that a tap of a window sees.
std::string seen_pixel(const Shape& image, int upsample, const char* channel);

}  // namespace isthmus::interchange
