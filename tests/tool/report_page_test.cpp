// report.html: the model and the plots of a run on one page.
#include <isthmus/graph.hpp>
#include <isthmus/run/registry.hpp>

#include <algorithm>
#include <numeric>

#include "report/svg.hpp"
#include "support.hpp"
#include "support/catch.hpp"
#include "text.hpp"
#include "tool/drawn_layers.hpp"

namespace tool = isthmus::tool;
using isthmus::report::DrawnLayer;
using isthmus::report::ModelPart;

namespace {

int count(const std::string& text, const std::string& part) {
  int found = 0;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + part.size())) ++found;
  return found;
}

}  // namespace

TEST_CASE("the layers of every model have one bottleneck, all of its parameters, and are read in order") {
  for (const isthmus::ModelEntry& entry : isthmus::registered_models()) {
    INFO(entry.name);
    const std::vector<DrawnLayer> layers = tool::drawn_layers(entry.declared);
    CHECK(std::accumulate(layers.begin(), layers.end(), std::int64_t{0}, [](auto sum, const DrawnLayer& layer) {
            return sum + layer.parameters;
          }) == parameter_count(entry.declared));
    CHECK(std::count_if(layers.begin(), layers.end(),
                        [](const DrawnLayer& layer) { return layer.part == ModelPart::bottleneck; }) == 1);
    CHECK(layers.front().part == ModelPart::encoder);
    CHECK(layers.back().part == ModelPart::decoder);
    for (std::size_t i = 0; i < layers.size(); ++i) {
      CHECK_FALSE(layers[i].name.empty());
      CHECK_FALSE(layers[i].steps.empty());
      CHECK(layers[i].inputs.empty() == (isthmus::find_port(entry.declared, layers[i].name.c_str()) >= 0));
      for (const int input : layers[i].inputs) CHECK(input < static_cast<int>(i));
    }
  }
}

TEST_CASE("the page draws the model of a run, with the parameters that inspect counts") {
  const Workplace place;
  REQUIRE(train_dense(place, {"--epochs", "1", "--out", "run"}).status == 0);
  const std::string page = place.text("run/report.html");
  const auto from = page.find("<svg"), to = page.find("</svg>");
  REQUIRE(to != std::string::npos);
  CHECK(count(page, "<svg") == 1);
  const Svg svg(page.substr(from, to + 6 - from));
  CHECK(svg.count("rect") == static_cast<int>(tool::drawn_layers(isthmus::find_model("dense")->declared).size()));
  const Outcome inspected = place.run({"inspect", "dense", "--as", "json"});
  REQUIRE(inspected.status == 0);
  const std::int64_t parameters = inspected.json().at("parameters").as_int64();
  CHECK(count(page, "<figcaption>" + isthmus::grouped(parameters) + " parameters: ") == 1);
}

TEST_CASE("the page has plots as SVG and images as PNG, and the folder has both as PNG") {
  const Workplace place;
  REQUIRE(train_dense(place, {"--epochs", "1", "--out", "run"}).status == 0);
  const std::string page = place.text("run/report.html");
  CHECK(count(page, "src=\"data:image/svg+xml;base64,") == 1);
  CHECK(count(page, "src=\"data:image/png;base64,") == 2);
  CHECK(place.text("run/loss.png").substr(1, 3) == "PNG");
  CHECK_FALSE(place.has("run/loss.svg"));
}
