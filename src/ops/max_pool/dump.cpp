#include "ops/dumps.hpp"
#include "ops/window_text.hpp"

namespace isthmus::ops {
namespace {

AttributeTexts max_pool_attributes(const Node& node) {
  return {word_attribute("window", window_text(node.window))};
}

std::string max_pool_step(const Node& node) { return "max_pool " + window_text(node.window); }

}  // namespace

constexpr OperationText max_pool_text{
    .name = "max_pool", .attributes = max_pool_attributes, .drawn = "", .step_name = max_pool_step};
constexpr OperationText max_unpool_text{.name = "max_unpool", .attributes = max_pool_attributes, .drawn = ""};
constexpr OperationText max_gather_text{.name = "max_gather", .attributes = max_pool_attributes, .drawn = ""};

constexpr AnchorText max_pool_anchor{
    .name = "max_pool", .names_group = true, .accumulator = call_of_node, .result = nullptr};
// The pool, their second operand, tells its window itself.
constexpr AnchorText max_unpool_anchor{
    .name = "max_unpool", .names_group = true, .accumulator = call_of_anchor, .result = nullptr};
constexpr AnchorText max_gather_anchor{
    .name = "max_gather", .names_group = true, .accumulator = call_of_anchor, .result = nullptr};

}  // namespace isthmus::ops
