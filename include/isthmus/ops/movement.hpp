// Values that move within their sample: regions of a tensor, several tensors in one, dimensions in another order.
// A slice, a crop and a padding are regions all three, and the gradient of a region is one.
#pragma once

#include <isthmus/ops/operation.hpp>

namespace isthmus {

/// The extents of a sample without the batch, behind as many ones as make them three; and their number.
struct SampleExtents {
  int dim[3] = {1, 1, 1};
  int rank = 0;

  constexpr explicit SampleExtents(const Shape& shape) {
    const int first = shape.has_batch() ? 1 : 0;
    rank = shape.rank - first;
    for (int d = 0; d < rank && rank <= 3; ++d) dim[3 - rank + d] = shape.dim[first + d];
  }
};

constexpr Tensor Builder::region(Tensor x, Offset offset, Shape shape) {
  require_model();
  const Shape from = x.shape();
  const int rank = SampleExtents(from).rank;
  if (rank < 1 || rank > 3 || from.rank != shape.rank || from.has_batch() != shape.has_batch())
    mistake(Mistake::shapes_differ, from, shape);
  if (from == shape && offset == Offset{}) return x;
  Node node;
  node.op = Op::region;
  node.inputs[0] = x.id;
  node.offset = offset;
  node.shape = shape;
  return emit(node);
}

constexpr Tensor Builder::concat(const Tensor (&parts)[3], int axis) {
  require_model();
  const Shape first = parts[0].shape();
  const int at = axis + (first.has_batch() ? 1 : 0);
  if (axis < 0 || at >= first.rank || SampleExtents(first).rank > 3) {
    mistake(Mistake::no_such_dimension, first, shape_of(batch, axis));
    return parts[0];
  }
  Node node;
  node.op = Op::concat;
  node.attribute = Axis{axis};
  node.shape = first;
  node.shape.dim[at] = 0;
  for (int k = 0; k < count_of(parts); ++k) {
    if (parts[k].builder != this) {
      mistake(Mistake::tensors_of_two_graphs, first, parts[k].shape());
      return parts[0];
    }
    Shape alike = parts[k].shape();
    node.inputs[k] = parts[k].id;
    if (alike.rank == first.rank) {
      node.shape.dim[at] += alike.dim[at];
      alike.dim[at] = first.dim[at];
    }
    if (!(alike == first)) mistake(Mistake::shapes_differ, first, parts[k].shape());
  }
  return emit(node);
}

constexpr Tensor Builder::permute(Tensor x, const int (&dimensions)[3]) {
  require_model();
  const Shape from = x.shape();
  const SampleExtents extents(from);
  Shape shape = from;
  bool seen[3] = {};
  // Of a sample with fewer than three dimensions the ones before them stay where they are.
  int order[3] = {0, 1, 2};
  const int ones = 3 - extents.rank, first = from.has_batch() ? 1 : 0;
  for (int d = 0; d < extents.rank && ones >= 0; ++d) {
    const int of_operand = dimensions[d];
    if (of_operand < 0 || of_operand >= extents.rank || seen[of_operand]) break;
    seen[of_operand] = true;
    order[ones + d] = ones + of_operand;
    shape.dim[first + d] = from.dim[first + of_operand];
  }
  for (int d = 0; d < extents.rank && ones >= 0; ++d)
    if (!seen[d]) {
      mistake(Mistake::not_a_permutation, from, shape_of(batch, dimensions[0], dimensions[1], dimensions[2]));
      return x;
    }
  if (ones < 0 || ones > 1) {
    mistake(Mistake::no_such_dimension, from, shape_of(batch, 1));
    return x;
  }
  Node node;
  node.op = Op::permute;
  node.inputs[0] = x.id;
  node.attribute = permutation_of(order);
  node.shape = shape;
  return emit(node);
}

namespace ops {

// The gradient of a value that is not in the region is zero: it lies outside of the region of the gradient.
inline constexpr OperationRule region_rule{
    [](const Derivative& d, int) {
      const Offset from = d.y.node().offset;
      return d.g.builder->region(d.g, {{-from.dim[0], -from.dim[1], -from.dim[2]}}, d.a.shape());
    },
    {},
    no_flops,
};

inline constexpr OperationRule concat_rule{
    [](const Derivative& d, int operand) {
      const int axis = static_cast<int>(d.y.node().attribute.as<Axis>());
      Offset offset;
      for (int k = 0; k < operand; ++k) {
        const Shape& before = d.operand(k).shape();
        offset.dim[axis] += before.dim[axis + (before.has_batch() ? 1 : 0)];
      }
      return d.g.builder->region(d.g, offset, d.operand(operand).shape());
    },
    {},
    no_flops,
};

inline constexpr OperationRule permute_rule{
    [](const Derivative& d, int) {
      const auto order = d.y.node().attribute.as<Permutation>();
      const int ones = 3 - SampleExtents(d.a.shape()).rank;
      int back[3] = {};
      for (int r = ones; r < 3; ++r) back[dimension_of(order, r) - ones] = r - ones;
      return d.g.builder->permute(d.g, back);
    },
    {},
    no_flops,
};

}  // namespace ops

}  // namespace isthmus
