// Small graphs with parameters, and values for these: for the tests of exports.
#pragma once

#include <isthmus/builder.hpp>
#include <isthmus/named_tensor.hpp>
#include <isthmus/run/session.hpp>

#include <cstdint>
#include <vector>

#include "support/numbers.hpp"
#include "support/reference.hpp"

namespace isthmus::testing {

/// A graph in the making, whose parameters are called `p1.weight`, `p2.weight` and so on.
struct Sketch {
  Builder b;
  int parameters = 0;

  Tensor parameter(Shape shape) {
    static constexpr const char* names[] = {"p1", "p2", "p3", "p4", "p5", "p6"};
    b.in_layer(names[parameters++]);
    return b.parameter("weight", shape);
  }
};

/// Values for every parameter; `low` keeps logarithms and roots in their range.
inline std::vector<NamedTensor> weights_for(GraphView graph, double low) {
  std::vector<NamedTensor> weights;
  for (const Node& node : graph)
    if (node.op == Op::parameter)
      weights.push_back({full_name(node.label),
                         {node.shape.dim, node.shape.dim + node.shape.rank},
                         floats(static_cast<std::size_t>(node.shape.elements_per_sample()),
                                static_cast<std::uint32_t>(weights.size()) + 2, low, 1.5)});
  return weights;
}

/// A graph of one output, run in double precision with weights_for it.
struct ReferenceRun {
  ReferenceRun(GraphView graph, int samples, double low) : weights(weights_for(graph, low)) {
    int count = 0;
    input = inputs_of(graph).front();
    output = find_only(graph, Op::output, count);
    reference::Interpreter expected(graph, samples);
    for (const NamedTensor& tensor : weights)
      expected.named(tensor.name).values.assign(tensor.values.begin(), tensor.values.end());
    in = floats(expected[input].values.size(), 1, low, 1.5);
    expected[input].values.assign(in.begin(), in.end());
    for (const int i : inputs_of(graph)) {
      if (i == input) continue;
      const auto stream = static_cast<std::uint32_t>(100 + i);
      other_inputs.push_back(i);
      other_in.push_back(floats(expected[i].values.size(), stream, low, 1.5));
      expected[i].values.assign(other_in.back().begin(), other_in.back().end());
    }
    expected.run();
    out = {expected[output].values.begin(), expected[output].values.end()};
  }

  std::vector<NamedTensor> weights;
  int input = -1, output = -1;  ///< nodes
  std::vector<int> other_inputs;
  std::vector<float> in;
  std::vector<std::vector<float>> other_in;
  std::vector<double> out;
};

}  // namespace isthmus::testing
