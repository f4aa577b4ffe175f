#include "ops/dumps.hpp"

namespace isthmus::ops {
namespace {

AttributeTexts recurrence_attributes(const Node& node) {
  return {word_attribute("cell", node.attribute.as<RecurrentCell>() == RecurrentCell::lstm ? "lstm" : "gru"),
          flag_attribute("reversed", node.reversed, "reversed")};
}

}  // namespace

constexpr OperationText recurrence_text{.name = "recurrence", .attributes = recurrence_attributes, .drawn = ""};
constexpr OperationText recurrence_gradient_text{
    .name = "recurrence_gradient", .attributes = recurrence_attributes, .drawn = ""};

constexpr AnchorText recurrence_anchor{
    .name = "recurrence", .names_group = true, .accumulator = call_of_node, .result = nullptr};
constexpr AnchorText recurrence_gradient_anchor{
    .name = "recurrence_gradient", .names_group = true, .accumulator = call_of_node, .result = nullptr};

}  // namespace isthmus::ops
