// Values that move within their sample: regions of a tensor, several tensors in one, dimensions in another order.
// A slice, a crop and a padding are regions all three, and the gradient of a region is one.
#pragma once

#include <isthmus/ops/operation.hpp>

namespace isthmus {

/// The extents of a sample without the batch, behind as many ones as make them five; and their number.
struct SampleExtents {
  static constexpr int most = Shape::most_of_sample;
  static_assert(most == 5, "as many as a Permutation has");
  int dim[most] = {1, 1, 1, 1, 1};
  int rank = 0;

  constexpr explicit SampleExtents(const Shape& shape) {
    const int first = shape.has_batch() ? 1 : 0;
    rank = shape.rank - first;
    for (int d = 0; d < rank && rank <= most; ++d) dim[ones() + d] = shape.dim[first + d];
  }

  /// The dimensions that are there to make them five.
  constexpr int ones() const { return most - rank; }
};

constexpr Tensor Builder::region(Tensor x, Offset offset, Shape shape) {
  require_model();
  const Shape from = x.shape();
  const int rank = SampleExtents(from).rank;
  if (rank < 1 || rank > SampleExtents::most || from.rank != shape.rank || from.has_batch() != shape.has_batch())
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
  if (axis < 0 || at >= first.rank || SampleExtents(first).rank > SampleExtents::most) {
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

constexpr Tensor Builder::permute(Tensor x, const int (&dimensions)[Shape::most_of_sample]) {
  require_model();
  const Shape from = x.shape();
  const SampleExtents extents(from);
  Shape shape = from;
  bool seen[SampleExtents::most] = {};
  // Of a sample with fewer than five dimensions the ones before them stay where they are.
  int order[SampleExtents::most] = {0, 1, 2, 3, 4};
  const int ones = extents.ones(), first = from.has_batch() ? 1 : 0;
  for (int d = 0; d < extents.rank && ones >= 0; ++d) {
    const int of_operand = dimensions[d];
    if (of_operand < 0 || of_operand >= extents.rank || seen[of_operand]) break;
    seen[of_operand] = true;
    order[ones + d] = ones + of_operand;
    shape.dim[first + d] = from.dim[first + of_operand];
  }
  for (int d = 0; d < extents.rank && ones >= 0; ++d)
    if (!seen[d]) {
      Shape asked = from;
      for (int k = 0; k < extents.rank; ++k) asked.dim[first + k] = dimensions[k];
      mistake(Mistake::not_a_permutation, from, asked);
      return x;
    }
  if (ones < 0 || extents.rank < 2) {
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
      Offset back;
      for (int k = 0; k < SampleExtents::most; ++k) back.set(k, -from[k]);
      return d.g.builder->region(d.g, back, d.a.shape());
    },
    {},
    no_flops,
};

inline constexpr OperationRule concat_rule{
    [](const Derivative& d, int operand) {
      const int axis = static_cast<int>(d.y.node().attribute.as<Axis>());
      int start = 0;
      for (int k = 0; k < operand; ++k) {
        const Shape& before = d.operand(k).shape();
        start += before.dim[axis + (before.has_batch() ? 1 : 0)];
      }
      Offset offset;
      offset.set(axis, start);
      return d.g.builder->region(d.g, offset, d.operand(operand).shape());
    },
    {},
    no_flops,
};

inline constexpr OperationRule permute_rule{
    [](const Derivative& d, int) {
      const auto order = d.y.node().attribute.as<Permutation>();
      const int ones = SampleExtents(d.a.shape()).ones();
      int back[SampleExtents::most] = {};
      for (int r = ones; r < SampleExtents::most; ++r) back[dimension_of(order, r) - ones] = r - ones;
      return d.g.builder->permute(d.g, back);
    },
    {},
    no_flops,
};

}  // namespace ops

}  // namespace isthmus
