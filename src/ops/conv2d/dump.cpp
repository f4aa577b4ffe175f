#include <isthmus/dump.hpp>

#include <fmt/format.h>

#include "ops/dumps.hpp"
#include "ops/window_text.hpp"

namespace isthmus::ops {
namespace {

/// The window, and by which algorithm: `3 × 3, upsampled by 2, subpixel`.
AttributeTexts conv2d_attributes(const Node& node) {
  return {word_attribute("window", fmt::format("{}, {}{}", window_text(node.window), name_of(node.algorithm),
                                               node.pooled ? ", pooled by 2 × 2" : ""))};
}

std::string conv2d_step(const Node& node) { return fmt::format("{} {}", name_of(node), window_text(node.window)); }

/// The call of packed weights, with the algorithm that they are packed for.
std::string repacked(const plan::PlanView& plan, const plan::Group& group) {
  const Node& node = plan.graph[group.node];
  return call_text(plan, group, name_of(node),
                   fmt::format("{}{}", name_of(node.algorithm), node.transpose_b ? ", transposed" : ""));
}

}  // namespace

constexpr OperationText conv2d_text{
    .name = "conv2d", .attributes = conv2d_attributes, .drawn = "", .step_name = conv2d_step};
constexpr OperationText conv2d_transpose_text{
    .name = "conv2d_transpose", .attributes = conv2d_attributes, .drawn = "", .step_name = conv2d_step};
constexpr OperationText conv2d_weights_text{
    .name = "conv2d_weights", .attributes = conv2d_attributes, .drawn = ""};
constexpr OperationText conv2d_pack_text{.name = "conv2d_pack", .attributes = no_attributes, .drawn = ""};
constexpr OperationText conv2d_restore_text{.name = "conv2d_restore", .attributes = no_attributes, .drawn = ""};

constexpr AnchorText conv2d_anchor{
    .name = "conv2d", .names_group = true, .accumulator = call_of_node, .result = nullptr};
constexpr AnchorText conv2d_weights_anchor{
    .name = "conv2d_weights", .names_group = true, .accumulator = call_of_node, .result = nullptr};
constexpr AnchorText conv2d_pack_anchor{
    .name = "conv2d_pack", .names_group = true, .accumulator = repacked, .result = nullptr};
constexpr AnchorText conv2d_restore_anchor{
    .name = "conv2d_restore", .names_group = true, .accumulator = repacked, .result = nullptr};

}  // namespace isthmus::ops
