#include <isthmus/dump.hpp>

#include <fmt/format.h>

#include "ops/dumps.hpp"

namespace isthmus::ops {
namespace {

AttributeTexts matmul_attributes(const Node& node) {
  return {flag_attribute("transpose_a", node.transpose_a, "first transposed"),
          flag_attribute("transpose_b", node.transpose_b, "second transposed")};
}

/// The declared layer; tied weights are recognisable by their name.
std::string matmul_step(const Node&) { return "dense"; }

std::string product(const plan::PlanView& plan, const plan::Group& group) {
  const std::string a = value_name(plan, group.a), b = value_name(plan, group.b);
  return group.transpose_a ? fmt::format("transpose({}) · {}", a, b) : fmt::format("{} · {}", a, b);
}

}  // namespace

constexpr OperationText transpose_text{.name = "transpose", .attributes = no_attributes, .drawn = ""};
constexpr OperationText matmul_text{
    .name = "matmul", .attributes = matmul_attributes, .drawn = "", .step_name = matmul_step};

constexpr AnchorText transpose_anchor{
    .name = "transpose", .names_group = true, .accumulator = call_of_anchor, .result = nullptr};
constexpr AnchorText matmul_anchor{
    .name = "matmul", .names_group = true, .accumulator = product, .result = nullptr};

}  // namespace isthmus::ops
