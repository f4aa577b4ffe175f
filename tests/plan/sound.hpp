// Invariants of every plan, and small queries on a plan or a graph.
#pragma once

#include <isthmus/plan/plan.hpp>

namespace isthmus::testing {

constexpr int count_of(GraphView graph, Op op) {
  int found = 0;
  for (const Node& node : graph) found += node.op == op;
  return found;
}

constexpr int groups_with(const plan::PlanView& plan, plan::Anchor anchor) {
  int count = 0;
  for (int g = 0; g < plan.group_count; ++g) count += plan.groups[g].anchor == anchor;
  return count;
}

constexpr bool computes(const plan::PlanView& plan, const plan::Group& group, const Elementwise& function) {
  for (int i = 0; i < group.instructions; ++i) {
    const plan::Instruction& step = plan.instructions[group.first_instruction + i];
    if (step.code == plan::Code::compute && step.function == &function) return true;
  }
  return false;
}

/// Invariants of every plan: values are made before they are read, kept ones are overwritten after their
/// last reader, an anchor never reads what its own group writes, and only pools know positions.
constexpr bool is_sound(const plan::PlanView& plan) {
  for (int v = 0; v < plan.value_count; ++v) {
    const plan::Value& value = plan.values[v];
    const bool kept = value.storage == plan::Storage::parameter || value.storage == plan::Storage::state;
    int writer = -1, writers = 0;
    for (int g = 0; g < plan.group_count; ++g)
      for (int r = 0; r < plan.groups[g].results; ++r)
        if (plan.results[plan.groups[g].first_result + r].value == v) writer = g, ++writers;
    if (writers > 1 || (writers == 1 && !kept && value.producer != writer)) return false;
    for (int g = 0; g < plan.group_count; ++g) {
      const plan::Group& group = plan.groups[g];
      const bool by_anchor = group.a == v || group.b == v || group.c == v;
      bool reads = by_anchor;
      for (int o = 0; o < group.operands; ++o) reads = reads || plan.operands[group.first_operand + o] == v;
      if (!reads) continue;
      if (by_anchor && g == writer) return false;
      if (writer >= 0 && kept && g > writer) return false;
      if (!kept && value.producer >= 0 && g <= writer) return false;
      if (!kept && value.producer < 0 && value.storage == plan::Storage::transient) return false;
    }
  }
  for (int g = 0; g < plan.group_count; ++g) {
    const plan::Group& group = plan.groups[g];
    const plan::Anchor anchor = group.anchor;
    const bool by_itself = anchor == plan::Anchor::none || anchor == plan::Anchor::scalar ||
                           anchor == plan::Anchor::random || anchor == plan::Anchor::all_reduce;
    const bool by_positions = anchor == plan::Anchor::max_unpool || anchor == plan::Anchor::max_gather;
    // Values, a matrix or rows, and columns.
    const bool by_three = anchor == plan::Anchor::sparse_matmul || anchor == plan::Anchor::sampled_matmul ||
                          anchor == plan::Anchor::sparse_outer;
    // These read as many operands as their operation does.
    const bool by_node = anchor == plan::Anchor::rows || anchor == plan::Anchor::move ||
                         anchor == plan::Anchor::gather || anchor == plan::Anchor::scatter ||
                         anchor == plan::Anchor::recurrence || anchor == plan::Anchor::recurrence_gradient;
    const Node& node = plan.graph[group.node];
    const bool by_two = (by_node && node.inputs[1] >= 0) || by_positions || by_three ||
                        anchor == plan::Anchor::sparse_scatter || anchor == plan::Anchor::sparse_gather ||
                        anchor == plan::Anchor::matmul || anchor == plan::Anchor::batched_matmul ||
                        anchor == plan::Anchor::conv2d || anchor == plan::Anchor::conv2d_weights;
    if ((group.a >= 0) != !by_itself || (group.b >= 0) != by_two) return false;
    if (group.a >= 0 && plan.values[group.a].positions) return false;
    if (by_two && plan.values[group.b].positions != by_positions) return false;
    const bool puts_back = anchor == plan::Anchor::conv2d_weights && node.pooled;
    if ((group.c >= 0) != ((by_node && node.inputs[2] >= 0) || puts_back || by_three) ||
        (puts_back && !plan.values[group.c].positions))
      return false;
    if (group.canonical > g || plan.groups[group.canonical].canonical != group.canonical) return false;
    for (int i = 0; i < group.instructions; ++i) {
      const plan::Instruction& step = plan.instructions[group.first_instruction + i];
      if (step.code == plan::Code::compute && (step.a >= i || step.b >= i || step.c >= i || step.a < 0))
        return false;
      if (step.code == plan::Code::accumulator && group.a < 0 && anchor != plan::Anchor::random) return false;
      const bool pools = anchor == plan::Anchor::max_pool || (anchor == plan::Anchor::conv2d && node.pooled);
      if (step.code == plan::Code::position && !pools) return false;
    }
  }
  return true;
}

/// The number of outputs and assignments that a plan writes; each is to be written once.
constexpr int written_sinks(const plan::PlanView& plan) {
  int written = 0;
  for (int r = 0; r < plan.result_count; ++r) {
    const plan::Storage storage = plan.values[plan.results[r].value].storage;
    written += storage == plan::Storage::external_output || storage == plan::Storage::parameter ||
               storage == plan::Storage::state;
  }
  return written;
}
constexpr int sinks_of(GraphView graph) {
  int sinks = 0;
  for (const Node& node : graph) sinks += is_sink(node.op);
  return sinks;
}

/// Values that depend only on parameters are computed from nothing else, and do not change while the program runs.
constexpr bool preparations_are_sound(const plan::PlanView& plan) {
  const auto is_kept = [&](int v) {
    return v < 0 || plan.values[v].storage == plan::Storage::parameter ||
           plan.values[v].storage == plan::Storage::packed;
  };
  for (int g = 0; g < plan.group_count; ++g) {
    const plan::Group& group = plan.groups[g];
    for (int r = 0; r < group.results; ++r) {
      const plan::Value& value = plan.values[plan.results[group.first_result + r].value];
      if ((value.storage == plan::Storage::packed) != group.packs) return false;
    }
    if (!group.packs) continue;
    if (!is_kept(group.a) || !is_kept(group.b) || group.has_batch) return false;
    for (int o = 0; o < group.operands; ++o)
      if (!is_kept(plan.operands[group.first_operand + o])) return false;
  }
  return true;
}
constexpr int preparations(const plan::PlanView& plan) {
  int count = 0;
  for (int g = 0; g < plan.group_count; ++g) count += plan.groups[g].packs;
  return count;
}

}  // namespace isthmus::testing
