#include <isthmus/error.hpp>
#include <isthmus/report/model_drawing.hpp>

#include <algorithm>
#include <string>
#include <vector>

#include "report/svg.hpp"
#include "support/catch.hpp"

namespace report = isthmus::report;
using report::DrawnLayer;
using report::ModelPart;

namespace {

/// input (100) → wide (1,000) → code (4) → out (100)
std::vector<DrawnLayer> chain() {
  return {{"input", ModelPart::encoder, {"input"}, {100}, 0, {}, {}},
          {"wide", ModelPart::encoder, {"dense", "elu"}, {10, 100}, 101'000, {}, {0}},
          {"code", ModelPart::bottleneck, {"dense"}, {4}, 4'004, {}, {1}},
          {"out", ModelPart::decoder, {"dense", "sigmoid"}, {100}, 500, {}, {2}}};
}

struct Rect {
  std::string style;
  int x, y, width, height;
  std::vector<std::string> lines;
};

/// The boxes of a drawing as they follow each other in it.
std::vector<Rect> boxes(const Svg& svg) {
  std::vector<Rect> found;
  for (const auto& [name, group] : svg.root) {
    if (name != "g") continue;
    const auto& rect = group.get_child("rect.<xmlattr>");
    Rect& box = found.emplace_back(group.get<std::string>("<xmlattr>.class"), rect.get<int>("x"),
                                   rect.get<int>("y"), rect.get<int>("width"), rect.get<int>("height"));
    for (const auto& [part, text] : group)
      if (part == "text") box.lines.push_back(text.data());
  }
  return found;
}

/// The paths of a drawing: `arrow` for those between neighbours, `detour` for those at the side.
std::vector<std::string> paths(const Svg& svg) {
  std::vector<std::string> found;
  for (const auto& [name, path] : svg.root)
    if (name == "path") found.push_back(path.get("<xmlattr>.class", "arrow"));
  return found;
}

}  // namespace

TEST_CASE("a model is drawn as a box for each layer, one below the other, within the drawing") {
  const Svg svg(report::draw_model(chain()));
  const auto layers = boxes(svg);
  REQUIRE(layers.size() == 4);
  CHECK(layers[0].lines == std::vector<std::string>{"input", "input", "100 values"});
  CHECK(layers[1].lines ==
        std::vector<std::string>{"wide", "dense, elu", "10 × 100 = 1,000 values", "101,000 parameters"});
  CHECK(layers[2].lines ==
        std::vector<std::string>{"code", "bottleneck", "dense", "4 values", "4,004 parameters"});
  for (std::size_t i = 0; i < 4; ++i) {
    CHECK(layers[i].style == (i == 2 ? "layer code" : "layer"));
    CHECK(layers[i].x >= 0);
    CHECK(layers[i].x + layers[i].width <= svg.width());
    CHECK(layers[i].y + layers[i].height <= svg.height());
    if (i > 0) CHECK(layers[i].y > layers[i - 1].y + layers[i - 1].height);
  }
  CHECK(paths(svg) == std::vector<std::string>{"arrow", "arrow", "arrow"});
}

TEST_CASE("the drawing is as wide as a phone, and boxes as wide as their layers have values") {
  const Svg svg(report::draw_model(chain()));
  CHECK(svg.width() <= 336);
  const auto layers = boxes(svg);
  CHECK(layers[1].width > layers[0].width);
  CHECK(layers[0].width > layers[2].width);
  CHECK(layers[0].width == layers[3].width);
  // All of one size are as wide as can be.
  const Svg even(report::draw_model(std::vector<DrawnLayer>{{"only", ModelPart::bottleneck, {}, {3}, 0, {}, {}}}));
  CHECK(boxes(even)[0].width == layers[1].width);
}

TEST_CASE("the encoder is above the decoder, whatever the order of the list, and each part is named once") {
  auto layers = chain();
  std::swap(layers[0], layers[3]);
  layers[0].inputs = {2};
  layers[1].inputs = {3};
  layers[3].inputs = {};
  const Svg svg(report::draw_model(layers));
  CHECK(boxes(svg)[3].lines[0] == "out");
  CHECK(boxes(svg)[2].lines[0] == "code");
  CHECK(paths(svg) == std::vector<std::string>{"arrow", "detour", "detour"});
  std::vector<std::string> parts;
  for (const auto& [name, text] : svg.root)
    if (name == "text") parts.push_back(text.data());
  CHECK(parts == std::vector<std::string>{"encoder", "decoder"});
}

TEST_CASE("a skip connection and a branch are lines at the side") {
  auto layers = chain();
  layers[2].inputs = {0, 1};
  CHECK(paths(Svg(report::draw_model(layers))) == std::vector<std::string>{"arrow", "arrow", "arrow", "detour"});
  // Side by side: both read the first, and the third reads both.
  const std::vector<DrawnLayer> branches{{"x", ModelPart::encoder, {}, {8}, 0, {}, {}},
                                         {"mu", ModelPart::encoder, {}, {2}, 0, {}, {0}},
                                         {"log_var", ModelPart::encoder, {}, {2}, 0, {}, {0}},
                                         {"z", ModelPart::bottleneck, {}, {2}, 0, {}, {1, 2}}};
  const Svg svg(report::draw_model(branches));
  CHECK(paths(svg) == std::vector<std::string>{"arrow", "arrow", "detour", "detour"});
  // The two lines overlap in height, so that each has a lane of its own: wider than with one.
  CHECK(svg.width() > Svg(report::draw_model(layers)).width());
  CHECK(Svg(report::draw_model(layers)).width() > Svg(report::draw_model(chain())).width());
}

TEST_CASE("names are only text") {
  const std::string evil = "<i>&\"'\x01</i>";
  auto layers = chain();
  layers[1] = {evil, ModelPart::encoder, {evil, "elu"}, {7}, 3, {evil}, {0}};
  const std::string drawing = report::draw_model(layers);
  CHECK(drawing.find("<i>") == std::string::npos);
  CHECK(drawing.find('\x01') == std::string::npos);
  const auto lines = boxes(Svg(drawing))[1].lines;
  CHECK(lines[0] == "<i>&\"'?</i>");
  CHECK(lines[1] == "<i>&\"'?</i>, elu");
}

TEST_CASE("what is long is broken into lines, repeated or cut") {
  auto layers = chain();
  const std::string name(500, 'n');
  layers[2].name = name;
  layers[2].steps = {"conv2d 3 × 3", "relu", "relu", "max_pool 2 × 2 by 2 × 2"};
  layers[2].shared = {"first_layer.weight", "second_layer.weight"};
  layers[1].steps.clear();
  for (int i = 0; i < 40; ++i) layers[1].steps.push_back("step" + std::to_string(i));
  const auto drawn = boxes(Svg(report::draw_model(layers)));
  // No line is longer than its box, with about seven units for a character.
  for (const Rect& box : drawn) {
    for (const std::string& line : box.lines) {
      const auto characters = std::count_if(line.begin(), line.end(),
                                            [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; });
      CHECK(characters * 7 <= box.width);
    }
    CHECK(box.height >= 17 * static_cast<int>(box.lines.size()));
  }
  CHECK(drawn[2].lines[0].ends_with("..."));
  CHECK(drawn[2].lines[2] == "conv2d 3 × 3, relu,");
  CHECK(drawn[2].lines[3] == "max_pool 2 × 2 by 2 × 2");
  CHECK(drawn[2].lines.back() == "shares second_layer.weight");
  CHECK(std::find(drawn[1].lines.begin(), drawn[1].lines.end(), "step6, …") != drawn[1].lines.end());
}

TEST_CASE("the caption sums the parameters of both halves") {
  CHECK(report::model_caption(chain()).starts_with(
      "105,504 parameters: 105,004 of the encoder, 500 of the decoder."));
}

TEST_CASE("what is no model is not drawn") {
  CHECK_THROWS_AS(report::draw_model({}), isthmus::ShapeError);
  auto layers = chain();
  layers[1].shape = {3, 0};
  CHECK_THROWS_AS(report::draw_model(layers), isthmus::ShapeError);
  layers = chain();
  layers[1].inputs = {4};
  CHECK_THROWS_AS(report::draw_model(layers), isthmus::ShapeError);
}
