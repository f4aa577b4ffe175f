#include <isthmus/error.hpp>
#include <isthmus/report/font.hpp>
#include <isthmus/report/picture.hpp>

#include <algorithm>
#include <cmath>
#include <limits>

#include "report/pixels.hpp"
#include "report/scratch.hpp"
#include "support/catch.hpp"

namespace report = isthmus::report;
using report::Picture;
using report::Row;

namespace {

Picture patterned(int width, int height, int channels) {
  Picture picture{width, height, channels, {}};
  for (int i = 0; i < width * height * channels; ++i) {
    picture.pixels.push_back(static_cast<std::uint8_t>((i * 193 + i / 7 * 31) & 255));
  }
  return picture;
}

}  // namespace

TEST_CASE("a PNG decodes to the same pixels") {
  for (const int channels : {1, 3}) {
    for (const auto& [width, height] : {std::pair{1, 1}, {7, 3}, {300, 200}}) {
      const Picture picture = patterned(width, height, channels);
      const std::string bytes = report::encode_png(picture);
      // The header itself: 8 bits, grey or RGB, so that the decoder converts nothing.
      REQUIRE(bytes.size() > 26);
      CHECK(bytes.substr(0, 8) == "\x89PNG\r\n\x1a\n");
      CHECK(bytes[24] == 8);
      CHECK(bytes[25] == (channels == 1 ? 0 : 2));
      const Picture decoded = decode_png(bytes, channels);
      CHECK(decoded.width == width);
      CHECK(decoded.height == height);
      CHECK(decoded.pixels == picture.pixels);
    }
  }
}

TEST_CASE("a picture whose sizes do not fit is not encoded") {
  CHECK_THROWS_AS(report::encode_png({}), isthmus::ShapeError);
  CHECK_THROWS_AS(report::encode_png({2, 2, 1, {1, 2, 3}}), isthmus::ShapeError);
  CHECK_THROWS_AS(report::encode_png({1, 1, 2, {1, 2}}), isthmus::ShapeError);
  CHECK_THROWS_AS(report::encode_png({-1, -1, 1, {1}}), isthmus::ShapeError);
}

TEST_CASE("a picture that cannot be written keeps the old file") {
  Scratch scratch;
  const auto path = scratch / "picture.png";
  report::write_png(path, patterned(4, 4, 1));
  const std::string old = read_file(path);
  CHECK(decode_png(old, 1).pixels == patterned(4, 4, 1).pixels);
  CHECK_THROWS_AS(report::write_png(path, {1, 1, 1, {}}), isthmus::ShapeError);
  CHECK_THROWS_AS(report::write_png(scratch / "none" / "picture.png", patterned(4, 4, 1)), isthmus::FileError);
  if (::geteuid() != 0) {  // root may write anywhere
    std::filesystem::permissions(scratch.folder(),
                                 std::filesystem::perms::owner_read | std::filesystem::perms::owner_exec);
    CHECK_THROWS_AS(report::write_png(path, patterned(5, 5, 1)), isthmus::FileError);
    std::filesystem::permissions(scratch.folder(), std::filesystem::perms::owner_all);
  }
  CHECK(read_file(path) == old);
  CHECK(scratch.size() == 1);
}

TEST_CASE("tiles show each value as a square, in its place") {
  // Two rows of two images of 2 × 3 values, each value different.
  std::vector<float> above, below;
  for (int i = 0; i < 12; ++i) {
    above.push_back(static_cast<float>(i) / 255);
    below.push_back(static_cast<float>(100 + i) / 255);
  }
  const Row rows[] = {{"", above}, {"", below}};
  const Picture picture = report::tile_rows(rows, 2, 3, 1, 20);
  CHECK(picture.channels == 3);
  // Margins of 12, gaps of 20, tiles of 60 × 40; no label, no place for one.
  CHECK(picture.width == 12 + 60 + 20 + 60 + 12);
  CHECK(picture.height == 12 + 40 + 20 + 40 + 12);
  REQUIRE(picture.pixels.size() == static_cast<std::size_t>(picture.width * picture.height * 3));
  int wrong = 0;
  for (int y = 0; y < picture.height; ++y) {
    for (int x = 0; x < picture.width; ++x) {
      const int row = (y - 12) / 60, tile = (x - 12) / 80;
      const int inner_y = (y - 12) % 60, inner_x = (x - 12) % 80;
      const bool inside = y >= 12 && x >= 12 && row < 2 && tile < 2 && inner_y < 40 && inner_x < 60;
      const int value = row * 100 + tile * 6 + inner_y / 20 * 3 + inner_x / 20;
      wrong += at(picture, x, y) != (inside ? Colour{value, value, value} : white);
    }
  }
  CHECK(wrong == 0);
}

TEST_CASE("tiles take colours, and values beyond 0 and 1") {
  const float infinity = std::numeric_limits<float>::infinity();
  const std::vector<float> values{0, 0.5f, 1, -3, infinity, -infinity, 7, std::nanf(""), 0};
  const Row rows[] = {{"", values}};
  const Picture picture = report::tile_rows(rows, 1, 1, 3, 30);
  CHECK(at(picture, 12, 12) == Colour{0, 128, 255});
  CHECK(at(picture, 12 + 60, 12) == Colour{0, 255, 0});
  CHECK(at(picture, 12 + 120, 12) == magenta);
  const Row grey[] = {{"", std::span(values).subspan(6)}};
  const Picture marked = report::tile_rows(grey, 1, 3, 1, 30);
  CHECK(at(marked, 12, 12) == white);
  CHECK(at(marked, 12 + 30, 12) == magenta);
  CHECK(at(marked, 12 + 60, 12) == black);
}

TEST_CASE("labels stand left of their row, whole, centred and apart from the images") {
  const std::vector<float> dark(10 * 28 * 28, 0.0f);
  const std::vector<Row> rows{{"original", dark}, {"gypq", dark}, {"reconstruction", dark}};
  for (const int scale : {1, 2, 3, 4, 6}) {
    const Picture picture = report::tile_rows(rows, 28, 28, 1, scale);
    const Box images = box(picture, [](Colour colour, int, int) { return colour == black; });
    const Box labels = box(picture, [](Colour colour, int, int) { return is_label(colour); });
    CHECK(images.right == picture.width - 13);
    CHECK(labels.left >= 12);
    CHECK(labels.right <= images.left - 12);
    const int pitch = (picture.height - 24 + std::max(2, scale)) / 3;
    for (int row = 0; row < 3; ++row) {
      const int top = 12 + row * pitch, bottom = top + pitch - std::max(2, scale) - 1;
      const auto in_row = [&](Colour colour, int, int y) { return is_label(colour) && y >= top && y <= bottom; };
      const Box label = box(picture, in_row);
      REQUIRE(label.right >= 0);
      CHECK(label.top > top);
      CHECK(label.bottom < bottom);
      // All end at the same column, next to the images, but for the empty edge of a last letter.
      CHECK(label.right > images.left - 12 - 8);
      if (row != 1) CHECK(std::abs((label.top + label.bottom) - (top + bottom)) <= 3 * 3);
    }
    // No ink lies between the rows: none is cut or runs into the next.
    int counted = 0, all = 0;
    for (int y = 0; y < picture.height; ++y) {
      for (int x = 0; x < picture.width; ++x) {
        if (!is_label(at(picture, x, y))) continue;
        ++all;
        counted += (y - 12) % pitch < pitch - std::max(2, scale);
      }
    }
    CHECK(counted == all);
    // As much ink as the letters have: nothing is cut off.
    int ink = 0;
    for (const auto& row : rows) {
      for (const char c : row.label) {
        for (int i = 0; i < 45; ++i) ink += report::glyph_ink(c, i % 5, i / 5);
      }
    }
    const int text_scale = scale > 3 ? 3 : 2;
    CHECK(all == ink * text_scale * text_scale);
  }
}

TEST_CASE("tiles of sizes that do not fit are refused") {
  const std::vector<float> values(24);
  const std::vector<Row> one{{"a", values}};
  const std::vector<Row> uneven{{"a", values}, {"b", std::span(values).first(12)}};
  const std::vector<Row> few_marks{{"a", values, {"1", "2", "3"}}};
  CHECK_NOTHROW(report::tile_rows(one, 2, 3, 1, 1));
  CHECK_THROWS_AS(report::tile_rows(few_marks, 2, 3, 1, 1), isthmus::ShapeError);
  CHECK_THROWS_AS(report::tile_rows({}, 2, 3, 1, 1), isthmus::ShapeError);
  CHECK_THROWS_AS(report::tile_rows(uneven, 2, 3, 1, 1), isthmus::ShapeError);
  CHECK_THROWS_AS(report::tile_rows(one, 5, 5, 1, 1), isthmus::ShapeError);
  CHECK_THROWS_AS(report::tile_rows(one, 5, 1, 1, 1), isthmus::ShapeError);
  CHECK_THROWS_AS(report::tile_rows(one, 2, 3, 2, 1), isthmus::ShapeError);
  CHECK_THROWS_AS(report::tile_rows(one, 0, 3, 1, 1), isthmus::ShapeError);
  CHECK_THROWS_AS(report::tile_rows(one, 2, 3, 1, 0), isthmus::ShapeError);
  CHECK_THROWS_AS(report::tile_rows(one, 2, 3, 1, 65), isthmus::ShapeError);
  const std::vector<float> long_row(40'000);
  const std::vector<Row> wide{{"a", long_row}};
  CHECK_THROWS_AS(report::tile_rows(wide, 1, 1, 1, 1), isthmus::ShapeError);
}
