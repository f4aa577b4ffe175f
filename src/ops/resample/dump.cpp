#include <isthmus/dump.hpp>

#include <fmt/format.h>

#include "ops/dumps.hpp"
#include "ops/window_text.hpp"

namespace isthmus::ops {
namespace {

AttributeTexts resample_attributes(const Node& node) {
  AttributeText map = word_attribute("map", name_of(node.attribute.as<Resampling>()));
  if (node.transpose_a) map.text += " transposed";
  return {map, flag_attribute("transposed", node.transpose_a, ""),
          word_attribute("window", window_text(node.window))};
}

std::string resample_step(const Node& node) {
  return fmt::format("{} {}", name_of(node.attribute.as<Resampling>()), window_text(node.window));
}

}  // namespace

constexpr OperationText resample_text{
    .name = "resample", .attributes = resample_attributes, .drawn = "", .step_name = resample_step};

constexpr AnchorText resample_anchor{
    .name = "resample", .names_group = true, .accumulator = call_of_node, .result = nullptr};

}  // namespace isthmus::ops
