#include <isthmus/ops/formula.hpp>

#include "ops/dumps.hpp"

namespace isthmus::ops {
namespace {

std::string_view function_name(const Node& node) { return node.function->row.name; }

AttributeTexts elementwise_attributes(const Node& node) {
  if (!node.function->row.has_value) return {};
  return {value_attribute(node)};
}

}  // namespace

constexpr OperationText elementwise_text{
    .name = "elementwise", .attributes = elementwise_attributes, .drawn = "", .kind = function_name};

constexpr AnchorText no_anchor{
    .name = "elementwise", .names_group = false, .accumulator = nullptr, .result = nullptr};
constexpr AnchorText scalar_anchor{
    .name = "scalar", .names_group = false, .accumulator = nullptr, .result = nullptr};

}  // namespace isthmus::ops
