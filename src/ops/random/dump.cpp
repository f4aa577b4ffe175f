#include <isthmus/dump.hpp>

#include "ops/dumps.hpp"

namespace isthmus::ops {
namespace {

AttributeTexts random_attributes(const Node& node) {
  return {word_attribute("distribution", name_of(node.attribute.as<Distribution>())),
          flag_attribute("fixed", node.fixed, "fixed")};
}

}  // namespace

constexpr OperationText random_text{.name = "random", .attributes = random_attributes, .drawn = ""};

constexpr AnchorText random_anchor{
    .name = "random", .names_group = true, .accumulator = call_of_node, .result = nullptr};

}  // namespace isthmus::ops
