#include <isthmus/ops/row_operation.hpp>

#include "ops/dumps.hpp"

namespace isthmus::ops {
namespace {

std::string_view operation_name(const Node& node) { return node.row_operation->name; }

}  // namespace

constexpr OperationText rows_text{
    .name = "rows", .attributes = no_attributes, .drawn = "", .kind = operation_name};

constexpr AnchorText rows_anchor{
    .name = "rows", .names_group = false, .accumulator = call_of_node, .result = nullptr};

}  // namespace isthmus::ops
