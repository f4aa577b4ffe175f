#include <isthmus/dump.hpp>

#include <fmt/format.h>

#include "ops/dumps.hpp"

namespace isthmus::ops {
namespace {

AttributeTexts batched_matmul_attributes(const Node& node) {
  const int heads = static_cast<int>(node.attribute.as<Heads>());
  return {flag_attribute("transpose_a", node.transpose_a, "first transposed"),
          flag_attribute("transpose_b", node.transpose_b, "second transposed"),
          {"heads", heads, heads == 1 ? std::string() : fmt::format("{} heads", heads)}};
}

}  // namespace

constexpr OperationText batched_matmul_text{
    .name = "batched_matmul", .attributes = batched_matmul_attributes, .drawn = ""};

constexpr AnchorText batched_matmul_anchor{
    .name = "batched_matmul", .names_group = true, .accumulator = call_of_node, .result = nullptr};

}  // namespace isthmus::ops
