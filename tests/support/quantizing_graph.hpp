// A layer that quantizes, alone: what it gives, or the indices beside that.
#pragma once

#include <isthmus/declare.hpp>
#include <isthmus/plan/simplify.hpp>

namespace isthmus::testing {

/// An input `x` of rows, or of images, and one output.
inline Graph quantizing_graph(bool of_images, bool gives_indices) {
  Scope scope;
  const Tensor x = of_images ? scope.input<3, 5, 4>("x") : scope.input<6>("x");
  const Tensor y = vector_quantize<19>(x, "codebook");
  if (!gives_indices) scope.output(y, "y");
  Graph graph = scope.graph();
  for (Node& node : graph.nodes)
    if (node.op == Op::side_output) node = gives_indices ? node : Node{};
  for (Node& node : graph.nodes)
    if (node.op == Op::side_output) node.op = Op::output;
  return plan::simplify(graph);
}

}  // namespace isthmus::testing
