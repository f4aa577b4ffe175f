#include <isthmus/report/font.hpp>
#include <isthmus/report/picture.hpp>

#include <algorithm>
#include <cstddef>
#include <string>
#include <vector>

#include "report/pixels.hpp"
#include "support/catch.hpp"

namespace report = isthmus::report;
using report::Picture;
using report::Row;

TEST_CASE("marks stand above the images of their row, centred, whole and apart from all images") {
  const std::vector<float> dark(3 * 28 * 28, 0.0f);
  const std::vector<std::string> marks{"7", "", "10"};
  for (const int scale : {1, 2, 3, 4, 6}) {
    const Row plain[] = {{"original", dark}, {"reconstructed", dark}};
    const Row marked[] = {{"original", dark, marks}, {"reconstructed", dark}};
    const Picture without = report::tile_rows(plain, 28, 28, 1, scale);
    const Picture picture = report::tile_rows(marked, 28, 28, 1, scale);
    CHECK(picture.width == without.width);
    const int added = picture.height - without.height, text_scale = std::clamp(28 * scale / 21, 2, 4);
    CHECK(added >= report::glyph_height * text_scale);
    // Below the marks all is as it is without them.
    const auto row = static_cast<std::ptrdiff_t>(picture.width) * 3;
    CHECK(std::equal(without.pixels.begin() + 12 * row, without.pixels.end(),
                     picture.pixels.begin() + (12 + added) * row));
    const Box images = box(picture, [](Colour colour, int, int) { return colour == black; });
    const int column = 28 * scale + std::max(2, scale);
    int ink = 0;
    for (int i = 0; i < 3; ++i) {
      const int left = images.left + i * column, right = left + 28 * scale - 1;
      const Box mark = box(picture, [&](Colour colour, int x, int y) {
        return is_label(colour) && y < 12 + added && x >= left && x <= right;
      });
      CHECK((mark.right < 0) == marks[static_cast<std::size_t>(i)].empty());
      if (mark.right < 0) continue;
      CHECK(mark.top >= 12);
      CHECK(mark.bottom < 12 + added - 1);
      CHECK(std::abs((mark.left + mark.right) - (left + right)) <= 2 * text_scale);
    }
    for (int y = 0; y < 12 + added; ++y)
      for (int x = 0; x < picture.width; ++x) ink += is_label(at(picture, x, y));
    int expected = 0;
    for (const char c : std::string("710"))
      for (int i = 0; i < 45; ++i) expected += report::glyph_ink(c, i % 5, i / 5);
    CHECK(ink == expected * text_scale * text_scale);
  }
}

TEST_CASE("images that are narrower than their marks move apart") {
  const std::vector<float> dark(4, 0.0f);
  const Row marked[] = {{"", dark, {"100", "200"}}};
  const Picture picture = report::tile_rows(marked, 2, 1, 1, 1);
  CHECK(picture.width == 12 + report::text_width("100", 2) + 2 + report::text_width("200", 2) + 12);
  CHECK(at(picture, 12 + (report::text_width("100", 2) - 1) / 2, picture.height - 13 - (11 * 2 - 2) / 2) == black);
}
