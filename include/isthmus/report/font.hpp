// A tiny bitmap font for the labels of pictures.
#pragma once

#include <cstdint>
#include <string_view>

#include <isthmus/report/picture.hpp>

namespace isthmus::report {

/// Letters are 5 × 7 pixels, with two more rows below the line for the tails of g, j, p, q and y.
inline constexpr int glyph_width = 5;
inline constexpr int glyph_height = 9;

/// Whether the glyph of `character` has ink at column `x` (0 to 4), row `y` (0 to 8, from the top).
/// There are the letters, of which capitals look like small ones, digits, and `-.,:/()%+=_`; a space is
/// empty, and anything else is a hollow box.
bool glyph_ink(char character, int x, int y);

/// The width in pixels of `text` drawn at `scale`, one column of the font between characters.
int text_width(std::string_view text, int scale);

/// Draws `text` with its top left corner at (`left`, `top`), each of the font's pixels a square of `scale`
/// pixels, all channels set to `shade`. What lies outside of the picture is left out.
void draw_text(Picture& picture, int left, int top, std::string_view text, int scale, std::uint8_t shade);

}  // namespace isthmus::report
