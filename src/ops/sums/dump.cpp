#include "ops/dumps.hpp"

namespace isthmus::ops {
namespace {

std::string total(const plan::PlanView& plan, const plan::Group& group) {
  return call_text(plan, group, "total", "");
}

}  // namespace

constexpr OperationText broadcast_text{.name = "broadcast", .attributes = no_attributes, .drawn = ""};
constexpr OperationText sum_to_text{.name = "sum_to", .attributes = no_attributes, .drawn = ""};

constexpr AnchorText column_sum_anchor{
    .name = "column_sum", .names_group = true, .accumulator = call_of_anchor, .result = nullptr};
constexpr AnchorText row_sum_anchor{
    .name = "row_sum", .names_group = true, .accumulator = call_of_anchor, .result = nullptr};
constexpr AnchorText total_sum_anchor{
    .name = "total_sum", .names_group = true, .accumulator = total, .result = nullptr};

}  // namespace isthmus::ops
