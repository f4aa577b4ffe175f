#include <isthmus/report/font.hpp>

#include <algorithm>
#include <set>
#include <string>

#include "support/catch.hpp"

namespace report = isthmus::report;
using report::Picture;

namespace {

/// A picture as text: a line per row, '#' for ink.
std::string drawn(const Picture& picture) {
  std::string text;
  for (int y = 0; y < picture.height; ++y) {
    for (int x = 0; x < picture.width; ++x) {
      text += picture.pixels[static_cast<std::size_t>((y * picture.width + x) * picture.channels)] ? '#' : '.';
    }
    text += '\n';
  }
  return text;
}

Picture blank(int width, int height, int channels) {
  return {width, height, channels, std::vector<std::uint8_t>(static_cast<std::size_t>(width * height * channels))};
}

std::string glyph(char character) {
  Picture picture = blank(report::glyph_width, report::glyph_height, 1);
  report::draw_text(picture, 0, 0, std::string_view(&character, 1), 1, 255);
  return drawn(picture);
}

const std::string all_characters = "abcdefghijklmnopqrstuvwxyz0123456789-.,:/()%+=_";

}  // namespace

TEST_CASE("letters look as they should") {
  Picture picture = blank(report::text_width("gi1", 1), report::glyph_height, 1);
  report::draw_text(picture, 0, 0, "gi1", 1, 255);
  CHECK(drawn(picture) ==
        "........#.....#..\n"
        ".............##..\n"
        ".####..##.....#..\n"
        "#...#...#.....#..\n"
        "#...#...#.....#..\n"
        "#...#...#.....#..\n"
        ".####..###...###.\n"
        "....#............\n"
        ".###.............\n");
}

TEST_CASE("no two characters look alike") {
  std::set<std::string> seen{glyph(' '), glyph('?')};
  CHECK(seen.size() == 2);
  for (const char character : all_characters) CHECK(seen.insert(glyph(character)).second);
}

TEST_CASE("only letters with a tail and signs reach below the line") {
  for (const char character : std::string("abcdefhiklmnorstuvwxz0123456789")) {
    const std::string text = glyph(character);
    const auto below = text.substr(7 * (report::glyph_width + 1));
    CHECK(std::count(below.begin(), below.end(), '#') == 0);
  }
}

TEST_CASE("capitals look like small letters, unknown characters like a box") {
  CHECK(glyph('Q') == glyph('q'));
  CHECK(glyph('\x80') == glyph('?'));
  CHECK(glyph('\0') == glyph('?'));
}

TEST_CASE("a text's width is that of what is drawn") {
  CHECK(report::text_width("", 3) == 0);
  CHECK(report::text_width("m", 1) == 5);
  CHECK(report::text_width("mm", 2) == 22);
  Picture picture = blank(40, 20, 1);
  report::draw_text(picture, 3, 1, "mm", 2, 255);
  const std::string text = drawn(picture);
  int left = 40, right = -1;
  for (int i = 0; i < static_cast<int>(text.size()); ++i) {
    if (text[static_cast<std::size_t>(i)] != '#') continue;
    left = std::min(left, i % 41);
    right = std::max(right, i % 41);
  }
  CHECK(left == 3);
  CHECK(right == 3 + report::text_width("mm", 2) - 1);
}

TEST_CASE("text outside of the picture is left out, and every channel is set inside") {
  Picture picture = blank(8, 6, 3);
  report::draw_text(picture, -3, -4, "www", 2, 200);
  report::draw_text(picture, 100, 100, "www", 2, 200);
  report::draw_text(picture, 6, 4, "www", 1, 200);
  REQUIRE(picture.pixels.size() == 8 * 6 * 3);
  for (std::size_t i = 0; i < picture.pixels.size(); i += 3) {
    CHECK(picture.pixels[i] == picture.pixels[i + 1]);
    CHECK(picture.pixels[i] == picture.pixels[i + 2]);
  }
}
