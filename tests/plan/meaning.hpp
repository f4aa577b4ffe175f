// The results of a graph: its outputs, and the values that its assignments store.
#pragma once

#include "support/numbers.hpp"
#include "support/plan_reference.hpp"
#include "support/reference.hpp"

#include <map>

namespace isthmus::testing {

using Meaning = std::map<std::string, std::vector<double>>;

inline bool is_given(const Node& node) {
  return node.op == Op::input || node.op == Op::parameter || node.op == Op::state;
}

/// The same value for a leaf of the same name in every graph; states are positive, as Adam's second moment
/// is, and so is what is kept but not trained, as a variance is.
inline double given_value(const Node& node, std::size_t element) {
  std::uint32_t stream = 17;
  for (const char c : full_name(node.label)) stream = stream * 31 + static_cast<std::uint32_t>(c);
  // Of indices a class.
  if (node.op == Op::input && node.value > 0) return std::floor(uniform(stream, element, 0, double{node.value}));
  return uniform(stream, element, node.op == Op::state || !node.trained ? 0.1 : -1, 1);
}

inline constexpr double test_step = 3, test_rate = 0.1;

inline Meaning meaning_of(GraphView graph, int samples) {
  reference::Interpreter values(graph, samples);
  for (int i = 0; i < values.size(); ++i)
    if (is_given(values.node(i)))
      for (std::size_t e = 0; e < values[i].values.size(); ++e)
        values[i].values[e] = given_value(values.node(i), e);
  values.run(test_step, test_rate);
  values.commit();
  Meaning meaning;
  for (int i = 0; i < values.size(); ++i) {
    const Op op = values.node(i).op;
    if (op == Op::output || op == Op::parameter || op == Op::state)
      meaning[full_name(values.node(i).label)] = values[i].values;
  }
  return meaning;
}

inline Meaning meaning_of(const plan::PlanView& plan, int samples) {
  reference::PlanInterpreter values(plan, samples);
  for (const Node& node : plan.graph)
    if (is_given(node)) {
      auto& to = values.named(full_name(node.label));
      for (std::size_t e = 0; e < to.size(); ++e) to[e] = given_value(node, e);
    }
  values.run(test_step, test_rate);
  Meaning meaning;
  for (const Node& node : plan.graph)
    if (node.op == Op::output || node.op == Op::parameter || node.op == Op::state)
      meaning[full_name(node.label)] = values.named(full_name(node.label));
  return meaning;
}

/// The largest error of what both give; a pass may drop leaves that nothing reads, but no output.
inline double difference(const Meaning& found, const Meaning& expected) {
  double worst = 0;
  for (const auto& [name, values] : found) {
    const auto known = expected.find(name);
    worst = std::max(worst, known == expected.end() ? 1e300 : largest_error(values, known->second, 1e-3));
  }
  for (const char* output : {"y", "loss", "reconstruction", "code"})
    if (expected.contains(output) && !found.contains(output)) return 1e300;
  return worst;
}

}  // namespace isthmus::testing
