// Plan → what a host deals with: samples, scalars, names, and what is kept from run to run. Whoever runs a plan
// asks once, and needs to know no operation.
#pragma once

#include <isthmus/hash.hpp>
#include <isthmus/plan/inputs.hpp>

#include <cstdint>
#include <vector>

namespace isthmus::plan {

/// A scalar that the host gives with each run.
struct GivenScalar {
  int value = -1;
  HostScalar scalar = HostScalar::batch_size;
  int steps = 1;  ///< of one update
};

/// An output that a program gives to the host by name.
struct NamedOutput {
  const char* name = "";
  int value = -1;
};

/// Values that a host and a program exchange; -1 is none.
struct Ports {
  std::vector<InputPort> inputs;  ///< in the order of inputs_of
  int output = -1;                ///< in the caller's memory
  std::vector<GivenScalar> given_scalars;
  std::vector<NamedOutput> scalar_outputs;  ///< in the graph's order
  std::vector<NamedOutput> side_outputs;    ///< arrays beside the code, in the order of their values
  double learning_rate = 0;                 ///< as it was declared; 0 if the program has none
};

constexpr Ports ports_of(const PlanView& plan) {
  Ports ports;
  ports.inputs = inputs_of(plan);
  for (int v = 0; v < plan.value_count; ++v) {
    const Node& node = plan.graph[plan.values[v].node];
    if (is_external_output(plan, v)) ports.output = v;
    if (node.op == Op::side_output && plan.values[v].storage == Storage::external_output)
      ports.side_outputs.push_back({node.label.layer, v});
    if (node.op != Op::host_scalar) continue;
    const auto scalar = node.attribute.as<HostScalar>();
    const bool counts = scalar == HostScalar::step || scalar == HostScalar::updates;
    ports.given_scalars.push_back({v, scalar, counts && node.value > 1 ? static_cast<int>(node.value) : 1});
    if (scalar == HostScalar::learning_rate) ports.learning_rate = static_cast<double>(node.value);
  }
  for (int i = 0; i < plan.graph.size; ++i) {
    if (plan.graph[i].op != Op::output || plan.graph[i].shape.rank != 0) continue;
    for (int v = 0; v < plan.value_count; ++v)
      if (plan.values[v].node == i) ports.scalar_outputs.push_back({plan.graph[i].label.layer, v});
  }
  return ports;
}

/// A parameter, or a state of the optimizer.
struct KeptTensor {
  int value = -1;
  bool is_state = false;
  Label label = {};
  Shape shape = {};
  // Only for a parameter.
  const Initializer* initializer = nullptr;
  float initial = 0;  ///< the initializer's parameter
};

/// All of them, in the order of their values, which is the graph's.
constexpr std::vector<KeptTensor> kept_tensors(const PlanView& plan) {
  std::vector<KeptTensor> kept;
  for (int v = 0; v < plan.value_count; ++v) {
    const Storage storage = plan.values[v].storage;
    const Node& node = plan.graph[plan.values[v].node];
    if (storage == Storage::state) kept.push_back({v, true, node.label, node.shape});
    if (storage == Storage::parameter)
      kept.push_back({v, false, node.label, node.shape, node.initializer, node.value});
  }
  return kept;
}

/// The stream of random numbers that belongs to a name: of all its parts, joined by dots.
constexpr std::uint32_t stream_of(const Label& label) {
  Fnv1a32 hash;
  hash.add_text(label.layer);
  for (const char* const part : {label.part, label.moment, label.turn}) {
    if (*part != 0) hash.add_byte('.');
    hash.add_text(part);
  }
  return hash.value;
}

/// Whether a run changes kept values (parameters and states).
constexpr bool trains(const PlanView& plan) {
  for (const Node& node : plan.graph)
    if (node.op == Op::assign) return true;
  return false;
}

/// The parameters that no run changes, in the graph's order.
constexpr std::vector<Label> untrained_parameters(const PlanView& plan) {
  std::vector<char> is_updated(static_cast<std::size_t>(plan.graph.size), char{0});
  for (const Node& node : plan.graph)
    if (node.op == Op::assign) is_updated[static_cast<std::size_t>(node.inputs[0])] = 1;
  std::vector<Label> untrained;
  for (int i = 0; i < plan.graph.size; ++i)
    if (plan.graph[i].op == Op::parameter && is_updated[static_cast<std::size_t>(i)] == 0)
      untrained.push_back(plan.graph[i].label);
  return untrained;
}

/// The groups whose sums come from the other processes, in the order of their buckets.
constexpr std::vector<int> reductions(const PlanView& plan) {
  std::vector<int> groups;
  for (int g = 0; g < plan.group_count; ++g)
    if (is_reduction(plan.groups[g])) groups.push_back(g);
  return groups;
}

}  // namespace isthmus::plan
