#include <isthmus/dump.hpp>

#include <fmt/format.h>

#include "ops/dumps.hpp"

namespace isthmus::ops {
namespace {

AttributeTexts top_k_attributes(const Node& node) {
  const int kept = node.shape.columns() / 2;
  return {{"k", kept, fmt::format("k = {}", kept)}};
}

AttributeTexts outer_attributes(const Node& node) {
  return {flag_attribute("transposed", node.transpose_a, "transposed")};
}

}  // namespace

constexpr OperationText top_k_text{.name = "top_k", .attributes = top_k_attributes, .drawn = ""};
constexpr OperationText sparse_scatter_text{.name = "sparse_scatter", .attributes = no_attributes, .drawn = ""};
constexpr OperationText sparse_gather_text{.name = "sparse_gather", .attributes = no_attributes, .drawn = ""};
constexpr OperationText sparse_matmul_text{.name = "sparse_matmul", .attributes = no_attributes, .drawn = ""};
constexpr OperationText sampled_matmul_text{.name = "sampled_matmul", .attributes = no_attributes, .drawn = ""};
constexpr OperationText sparse_outer_text{.name = "sparse_outer", .attributes = outer_attributes, .drawn = ""};

constexpr AnchorText top_k_anchor{
    .name = "top_k", .names_group = true, .accumulator = call_of_node, .result = nullptr};
constexpr AnchorText sparse_scatter_anchor{
    .name = "sparse_scatter", .names_group = true, .accumulator = call_of_anchor, .result = nullptr};
constexpr AnchorText sparse_gather_anchor{
    .name = "sparse_gather", .names_group = true, .accumulator = call_of_anchor, .result = nullptr};
constexpr AnchorText sparse_matmul_anchor{
    .name = "sparse_matmul", .names_group = true, .accumulator = call_of_anchor, .result = nullptr};
constexpr AnchorText sampled_matmul_anchor{
    .name = "sampled_matmul", .names_group = true, .accumulator = call_of_anchor, .result = nullptr};
constexpr AnchorText sparse_outer_anchor{
    .name = "sparse_outer", .names_group = true, .accumulator = call_of_node, .result = nullptr};

}  // namespace isthmus::ops
