#include <isthmus/dump.hpp>

#include <fmt/format.h>

#include "ops/dumps.hpp"

namespace isthmus::ops {
namespace {

constexpr std::string_view sink = "shape=ellipse";

AttributeTexts mode(const Node& node) { return {word_attribute("mode", name_of(node.attribute.as<Mode>()))}; }

/// The text for the operand that only training uses; the operand in use has the text of its own node.
std::string mode_step(const Node& node) {
  switch (node.attribute.as<Mode>()) {
    case Mode::corruption: return "corrupted in training";
    case Mode::sampling: return "sampled in training";
    case Mode::training: return "differs in training";
    case Mode::statistics: return "statistics of the batch in training";
  }
  return "?";
}

AttributeTexts bucket(const Node& node) {
  const int bucket = static_cast<int>(node.attribute.as<Bucket>());
  return {{"bucket", bucket, fmt::format("bucket {}", bucket)}};
}

/// The all_reduce of the operand at the same place.
std::string reduced(const plan::PlanView& plan, const plan::Group& group, int place) {
  return fmt::format("all_reduce({}; {})", value_name(plan, plan.operands[group.first_operand + place]),
                     attributes_text(plan.graph[group.node]));
}

}  // namespace

constexpr OperationText by_mode_text{.name = "by_mode", .attributes = mode, .drawn = "", .step_name = mode_step};
constexpr OperationText all_reduce_text{.name = "all_reduce", .attributes = bucket, .drawn = ""};
constexpr OperationText bottleneck_text{.name = "bottleneck",
                                        .attributes = no_attributes,
                                        .drawn = "shape=hexagon, style=filled, fillcolor=\"#ffe08a\""};
constexpr OperationText output_text{.name = "output", .attributes = no_attributes, .drawn = sink};
constexpr OperationText side_output_text{.name = "side_output", .attributes = no_attributes, .drawn = sink};
constexpr OperationText assign_text{.name = "assign", .attributes = no_attributes, .drawn = sink};

constexpr AnchorText all_reduce_anchor{
    .name = "all_reduce", .names_group = true, .accumulator = nullptr, .result = reduced};

}  // namespace isthmus::ops
