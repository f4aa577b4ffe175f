// Plan → the inputs that a caller gives: where they are, what they are called, what they are for.
#pragma once

#include <isthmus/plan/plan.hpp>

#include <vector>

namespace isthmus::plan {

/// Whether a value is an input, or the output, in the caller's memory.
constexpr bool is_external_input(const PlanView& plan, int value) {
  return plan.values[value].storage == Storage::external_input;
}
constexpr bool is_external_output(const PlanView& plan, int value) {
  const Node& node = plan.graph[plan.values[value].node];
  return plan.values[value].storage == Storage::external_output && node.op != Op::side_output &&
         node.shape.rank != 0;
}

/// An input in the caller's memory.
struct InputPort {
  const char* name = "";
  PortKind kind = PortKind::data;
  int value = -1;
  int size = 0;           ///< values of a sample
  bool may_miss = false;  ///< NaN is a missing value
  int classes = 0;        ///< of indices, whole numbers from 0 to this less one; 0: any numbers
};

/// The inputs of a program, in the order of isthmus::inputs_of.
constexpr std::vector<InputPort> inputs_of(const PlanView& plan) {
  std::vector<InputPort> inputs;
  for (const int i : isthmus::inputs_of(plan.graph))
    for (int v = 0; v < plan.value_count; ++v) {
      if (plan.values[v].node != i || !is_external_input(plan, v)) continue;
      const Node& node = plan.graph[i];
      inputs.push_back({node.label.layer, node.attribute.as<PortKind>(), v,
                        static_cast<int>(node.shape.elements_per_sample()), node.may_miss,
                        static_cast<int>(node.value)});
    }
  return inputs;
}

}  // namespace isthmus::plan
