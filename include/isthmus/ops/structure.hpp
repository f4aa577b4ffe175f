// The inputs and outputs of a graph, and nodes that mark places within it.
#pragma once

#include <isthmus/ops/operation.hpp>

namespace isthmus {

constexpr Tensor Builder::by_mode(Mode mode, Tensor training, Tensor otherwise) {
  Node node;
  node.op = Op::by_mode;
  node.inputs[0] = training.id;
  node.inputs[1] = otherwise.id;
  node.shape = training.shape();
  node.attribute = mode;
  return emit(node);
}

constexpr Tensor Builder::bottleneck(Tensor x) {
  Node node;
  node.op = Op::bottleneck;
  node.inputs[0] = x.id;
  node.shape = x.shape();
  return emit(node);
}

constexpr Tensor Builder::output(Tensor x, const char* name) {
  Node node;
  node.op = Op::output;
  node.inputs[0] = x.id;
  node.shape = x.shape();
  node.label.layer = name;
  return emit(node);
}

constexpr Tensor Builder::side_output(Tensor x, const char* name) {
  const Tensor result = output(x, name);
  graph_.nodes.back().op = Op::side_output;
  return result;
}

constexpr Tensor Builder::assign(Tensor target, Tensor value) {
  if (!(target.shape() == value.shape()))
    diagnostic_.record(Mistake::assigned_shapes_differ, target.node().label.layer, target.shape(), value.shape());
  Node node;
  node.op = Op::assign;
  node.inputs[0] = target.id;
  node.inputs[1] = value.id;
  node.shape = target.shape();
  node.label = target.node().label;
  return emit(node);
}

namespace ops {

inline constexpr OperationRule leaf_rule{nullptr, {}, no_flops};
inline constexpr OperationRule sink_rule{nullptr, {true, true, true}, no_flops};
inline constexpr OperationRule bottleneck_rule{[](const Derivative& d, int) { return d.g; }, {}, no_flops};
// Plans have these; what is differentiated does not.
inline constexpr OperationRule by_mode_rule{nullptr, {}, no_flops};
inline constexpr OperationRule all_reduce_rule{nullptr, {}, no_flops};

}  // namespace ops

}  // namespace isthmus
