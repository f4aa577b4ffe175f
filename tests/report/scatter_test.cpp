#include <isthmus/error.hpp>
#include <isthmus/report/scatter.hpp>

#include <array>
#include <cmath>
#include <limits>
#include <vector>

#include "report/scratch.hpp"
#include "report/svg.hpp"
#include "support/catch.hpp"

namespace report = isthmus::report;
using report::Scatter;

namespace {

bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

/// How many pixels of a part of the picture are rather of this colour than white or grey.
int count(const report::Picture& picture, std::array<int, 3> colour, int left, int right) {
  int found = 0;
  for (int y = 60; y < 700; ++y) {
    for (int x = left; x < right; ++x) {
      const auto* pixel = picture.pixels.data() + (y * picture.width + x) * 3;
      int distance = 0;
      for (int i = 0; i < 3; ++i) distance += std::abs(pixel[i] - colour[static_cast<std::size_t>(i)]);
      found += distance < 30;
    }
  }
  return found;
}

}  // namespace

TEST_CASE("a scatter shows each label in its colour, and the legend names it") {
  // Many points in one place: what shines through adds up to the full colour.
  std::vector<double> points;
  std::vector<std::uint8_t> labels;
  for (int i = 0; i < 300; ++i) {
    const bool left = i % 2 == 0;
    points.insert(points.end(), {(left ? -1 : 1) + 0.001 * (i % 17), 0.01 * (i % 13)});
    labels.push_back(left ? 3 : 8);
  }
  const Scatter scatter{points, labels, {"code 1", "code 2"}, "dense: codes of mnist"};
  const auto picture = decode_png(report::draw_scatter(scatter), 3);
  CHECK(picture.width == 1000);
  CHECK(picture.height == 800);
  const std::array<int, 3> blue{0x1f, 0x77, 0xb4}, orange{0xff, 0x7f, 0x0e};
  CHECK(count(picture, blue, 120, 500) > 30);
  CHECK(count(picture, blue, 500, 900) == 0);
  CHECK(count(picture, orange, 500, 900) > 30);
  CHECK(count(picture, orange, 120, 500) == 0);
  CHECK(count(picture, blue, 920, 1000) > 20);
  CHECK(count(picture, orange, 920, 1000) > 20);
}

TEST_CASE("the script has a line per point, and a legend entry per label that occurs") {
  const std::vector<double> points{1, 2, 3.5, -4, 5, 6};
  const std::vector<std::uint8_t> labels{9, 0, 9};
  const std::string script = report::scatter_script({points, labels, {"code 1", "it's"}, "title"});
  const unsigned blue = 0x601f77b4, orange = 0x60ff7f0e;
  CHECK(contains(script, "\n1 2 7 " + std::to_string(orange) + "\n3.5 -4 7 " + std::to_string(blue) + "\n5 6 7 " +
                             std::to_string(orange) + "\nEND\n"));
  CHECK(contains(script, "lc rgb '#1f77b4' title '0', keyentry"));
  CHECK(contains(script, "lc rgb '#ff7f0e' title '9'\n"));
  CHECK(contains(script, "set xlabel 'code 1'"));
  CHECK(contains(script, "set ylabel 'it''s'"));
  CHECK_FALSE(contains(script, "unset key"));
}

TEST_CASE("without labels there is one colour and no legend") {
  const std::vector<double> points{1, 2, 3.5, -4};
  const std::string script = report::scatter_script({points, {}, {"a", "b"}, ""});
  CHECK(contains(script, "unset key"));
  CHECK_FALSE(contains(script, "keyentry"));
  CHECK(decode_png(report::draw_scatter({points, {}, {"a", "b"}, ""}), 3).width == 1000);
}

TEST_CASE("every label there can be has a style, and after ten another sign") {
  std::vector<double> points;
  std::vector<std::uint8_t> labels;
  for (int i = 0; i < 256; ++i) {
    points.insert(points.end(), {1.0 * i, 2.0 * i});
    labels.push_back(static_cast<std::uint8_t>(i));
  }
  const std::string script = report::scatter_script({points, labels, {"a", "b"}, ""});
  CHECK(contains(script, "pt 7 lc rgb '#17becf' title '9', keyentry with points ps 1.6 pt 9 lc rgb '#1f77b4'"));
  CHECK(decode_png(report::draw_scatter({points, labels, {"a", "b"}, ""}), 3).width == 1000);
}

TEST_CASE("points that are equal or not finite can be drawn") {
  const double nan = std::nan(""), infinity = std::numeric_limits<double>::infinity();
  for (const double value : {0.0, 5.0, -1e-12, 1e300, nan, -infinity}) {
    const std::vector<double> points{value, value, value, value};
    CHECK_NOTHROW(report::draw_scatter({points, {}, {"a", "b"}, "flat"}));
  }
  const std::vector<double> some{1, nan, 2, 3};
  CHECK(contains(report::scatter_script({some, {}, {"a", "b"}, ""}), "<< END\n2 3 7 "));
}

TEST_CASE("as SVG it is well-formed and narrow, with an element for each point and each label") {
  std::vector<double> points;
  std::vector<std::uint8_t> labels;
  for (int i = 0; i < 50; ++i) {
    points.insert(points.end(), {0.1 * (i % 7), 0.3 * (i % 11)});
    labels.push_back(static_cast<std::uint8_t>(i % 10));
  }
  const Scatter scatter{points, labels, {"<code> & 1", "code 2"}, ""};
  const std::string text = report::draw_scatter(scatter, report::ImageFormat::svg);
  const Svg svg(text);
  CHECK(svg.width() == 420);
  CHECK(svg.height() == 380);
  // Symbols that gnuplot defines besides these are not placed anywhere.
  const std::string placed = "<use xlink:href='#gpPt6' transform='translate(";
  int found = 0;
  for (auto at = text.find(placed); at != std::string::npos; at = text.find(placed, at + 1)) ++found;
  CHECK(found == 50 + 10);
  CHECK(report::draw_scatter(scatter, report::ImageFormat::svg) == text);
}

TEST_CASE("titles are only text") {
  Scratch scratch;
  const std::string victim = (scratch / "victim").string();
  const std::string title = "it's `touch " + victim + "`\n'; system('touch " + victim + "') {/Bold x}_2";
  const std::vector<double> points{1, 2};
  CHECK(decode_png(report::draw_scatter({points, {}, {title, title}, title}), 3).width == 1000);
  CHECK_FALSE(std::filesystem::exists(victim));
}

TEST_CASE("a scatter whose sizes do not fit is refused") {
  const std::vector<double> points{1, 2, 3, 4};
  const std::vector<std::uint8_t> labels{1, 2, 3};
  CHECK_THROWS_AS(report::scatter_script({{}, {}, {}, ""}), isthmus::ShapeError);
  CHECK_THROWS_AS(report::scatter_script({std::span(points).first(3), {}, {}, ""}), isthmus::ShapeError);
  CHECK_THROWS_AS(report::scatter_script({points, labels, {}, ""}), isthmus::ShapeError);
}
