#include <isthmus/report/font.hpp>

#include <algorithm>
#include <cstddef>

namespace isthmus::report {
namespace {

constexpr std::string_view characters = "abcdefghijklmnopqrstuvwxyz0123456789-.,:/()%+=_";
constexpr int glyphs_per_band = 13;

/// The glyphs in the order of `characters`, in bands of 13, and the box for all else at the end.
// clang-format off
constexpr std::string_view bands[] = {
    "..... #.... ..... ....# ..... ..##. ..... #.... ..#.. ...#. #.... .##.. .....",
    "..... #.... ..... ....# ..... .#..# ..... #.... ..... ..... #.... ..#.. .....",
    ".###. #.##. .###. .##.# .###. .#... .#### #.##. .##.. ..##. #..#. ..#.. ##.#.",
    "....# ##..# #...# #..## #...# ###.. #...# ##..# ..#.. ...#. #.#.. ..#.. #.#.#",
    ".#### #...# #.... #...# ##### .#... #...# #...# ..#.. ...#. ##... ..#.. #.#.#",
    "#...# #...# #...# #...# #.... .#... #...# #...# ..#.. ...#. #.#.. ..#.. #.#.#",
    ".#### ####. .###. .#### .###. .#... .#### #...# .###. ...#. #..#. .###. #.#.#",
    "..... ..... ..... ..... ..... ..... ....# ..... ..... #..#. ..... ..... .....",
    "..... ..... ..... ..... ..... ..... .###. ..... ..... .##.. ..... ..... .....",

    "..... ..... ..... ..... ..... ..... .#... ..... ..... ..... ..... ..... .....",
    "..... ..... ..... ..... ..... ..... .#... ..... ..... ..... ..... ..... .....",
    "#.##. .###. #.##. .##.# #.##. .#### ###.. #...# #...# #...# #...# #...# #####",
    "##..# #...# ##..# #..## ##..# #.... .#... #...# #...# #.#.# .#.#. #...# ...#.",
    "#...# #...# #...# #...# #.... .###. .#... #...# #...# #.#.# ..#.. #...# ..#..",
    "#...# #...# #...# #...# #.... ....# .#..# #..## .#.#. #.#.# .#.#. #...# .#...",
    "#...# .###. ####. .#### #.... ####. ..##. .##.# ..#.. .#.#. #...# .#### #####",
    "..... ..... #.... ....# ..... ..... ..... ..... ..... ..... ..... ....# .....",
    "..... ..... #.... ....# ..... ..... ..... ..... ..... ..... ..... .###. .....",

    ".###. ..#.. .###. ##### ...#. ##### ..##. ##### .###. .###. ..... ..... .....",
    "#...# .##.. #...# ...#. ..##. #.... .#... ....# #...# #...# ..... ..... .....",
    "#..## ..#.. ....# ..#.. .#.#. ####. #.... ...#. #...# #...# ..... ..... .....",
    "#.#.# ..#.. ...#. ...#. #..#. ....# ####. ..#.. .###. .#### ..... ..... .....",
    "##..# ..#.. ..#.. ....# ##### ....# #...# .#... #...# ....# .###. ..... .....",
    "#...# ..#.. .#... #...# ...#. #...# #...# .#... #...# ...#. ..... .##.. ..#..",
    ".###. .###. ##### .###. ...#. .###. .###. .#... .###. .##.. ..... .##.. ..#..",
    "..... ..... ..... ..... ..... ..... ..... ..... ..... ..... ..... ..... .#...",
    "..... ..... ..... ..... ..... ..... ..... ..... ..... ..... ..... ..... .....",

    "..... ....# ...#. .#... ##..# ..... ..... ..... #####",
    "..... ....# ..#.. ..#.. ##..# ..#.. ..... ..... #...#",
    ".##.. ...#. .#... ...#. ...#. ..#.. ##### ..... #...#",
    ".##.. ..#.. .#... ...#. ..#.. ##### ..... ..... #...#",
    "..... .#... .#... ...#. .#... ..#.. ##### ..... #...#",
    ".##.. #.... ..#.. ..#.. #..## ..#.. ..... ..... #...#",
    ".##.. #.... ...#. .#... #..## ..... ..... ..... #####",
    "..... ..... ..... ..... ..... ..... ..... ##### .....",
    "..... ..... ..... ..... ..... ..... ..... ..... .....",
};
// clang-format on

}  // namespace

bool glyph_ink(char character, int x, int y) {
  if (character == ' ') return false;
  if (character >= 'A' && character <= 'Z') character = static_cast<char>(character - 'A' + 'a');
  const auto glyph = static_cast<int>(std::min(characters.find(character), characters.size()));
  const auto line = static_cast<std::size_t>(glyph / glyphs_per_band * glyph_height + y);
  const auto column = static_cast<std::size_t>(glyph % glyphs_per_band * (glyph_width + 1) + x);
  return bands[line][column] == '#';
}

int text_width(std::string_view text, int scale) {
  return text.empty() ? 0 : (static_cast<int>(text.size()) * (glyph_width + 1) - 1) * scale;
}

void draw_text(Picture& picture, int left, int top, std::string_view text, int scale, std::uint8_t shade) {
  const int right = std::min(left + text_width(text, scale), picture.width);
  const int bottom = std::min(top + glyph_height * scale, picture.height);
  for (int y = std::max(top, 0); y < bottom; ++y) {
    for (int x = std::max(left, 0); x < right; ++x) {
      const int column = (x - left) / scale;
      const int inside = column % (glyph_width + 1);
      const char character = text[static_cast<std::size_t>(column / (glyph_width + 1))];
      if (inside == glyph_width || !glyph_ink(character, inside, (y - top) / scale)) continue;
      const auto pixel = (static_cast<std::ptrdiff_t>(y) * picture.width + x) * picture.channels;
      std::fill_n(picture.pixels.begin() + pixel, picture.channels, shade);
    }
  }
}

}  // namespace isthmus::report
