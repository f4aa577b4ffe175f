// The cost of work, from shapes alone: floating-point operations and bytes.
#pragma once

#include <isthmus/builder.hpp>
#include <isthmus/plan/convolution.hpp>
#include <isthmus/plan/plan.hpp>

namespace isthmus::plan {

/// Operations and bytes, for `n` samples.
struct Cost {
  double flops = 0;  ///< multiplications and additions; an elementwise operation counts as its row says
  double bytes = 0;  ///< read and written, each operand once
};

using ops::elements;

/// Multiplications and additions of the products that a convolution's algorithm takes. `a` and `b` are the shapes
/// of its operands.
constexpr double product_flops(const Node& node, const Shape& a, const Shape& b, double n) {
  const double direct = ops::convolution_flops(node, a, b, n);
  if (node.algorithm == Algorithm::narrow) return direct * (node.window.upsample() == 2 ? 4.0 / 9.0 : 1.0);
  if (node.algorithm == Algorithm::subpixel) {
    // A pixel's products are those of a block of results.
    const Maps maps = maps_of(node.window, false);
    return direct * maps.products() / (static_cast<double>(maps.taps()) * maps.block());
  }
  if (node.algorithm == Algorithm::winograd) {
    const Maps maps = maps_of(node.window, false);
    const Shape& result = node.op == Op::conv2d_weights ? b : node.shape;
    const int scale = node.pooled ? 2 : 1;
    const int height = result.height() * scale, width = result.width() * scale;
    return direct * maps.products() / maps.taps() * maps.y.cells(height) * maps.x.cells(width) /
           (static_cast<double>(height) * width);
  }
  return direct;
}

/// The cost of one node as written in the graph; its operands are `graph`'s.
constexpr Cost node_cost(GraphView graph, const Node& node, double n) {
  if (is_leaf(node.op) || is_sink(node.op)) return {};
  Cost cost;
  const double size = elements(node.shape, n);
  cost.bytes = 4 * size;
  for (int k = 0; k < 3; ++k)
    if (node.inputs[k] >= 0) cost.bytes += 4 * elements(graph[node.inputs[k]].shape, n);
  cost.flops =
      is_elementwise(node) ? size * node.function->row.flops : ops::rule_of(node.op).flops(graph, node, n);
  return cost;
}

constexpr Cost graph_cost(GraphView graph, double n) {
  Cost sum;
  for (const Node& node : graph) {
    const Cost cost = node_cost(graph, node, n);
    sum.flops += cost.flops;
    sum.bytes += cost.bytes;
  }
  return sum;
}

/// Operations of the matrix products and of the convolutions as they are written, multiplications and additions:
/// what a benchmark divides by the time. Rewrites that save products can thus be faster than the machine.
constexpr double declared_flops(GraphView graph, double n) {
  double sum = 0;
  for (const Node& node : graph)
    if (node.op == Op::matmul || node.op == Op::batched_matmul || is_recurrence(node.op) ||
        is_convolution(node.op))
      sum += node_cost(graph, node, n).flops;
  return sum;
}

/// Operations of one group, elementwise program included.
constexpr double group_flops(const PlanView& plan, const Group& group, double n) {
  const double size = static_cast<double>(group.rows) * (group.has_batch ? n : 1.0) * group.columns;
  double per_element = 0;
  for (int i = 0; i < group.instructions; ++i) {
    const Instruction& step = plan.instructions[group.first_instruction + i];
    if (step.code == Code::compute) per_element += step.function->row.flops;
  }
  double sum = per_element * size;
  const Node& node = plan.graph[group.node];
  if (group.anchor == Anchor::conv2d || group.anchor == Anchor::conv2d_weights) {
    sum += product_flops(node, plan.graph[node.inputs[0]].shape, plan.graph[node.inputs[1]].shape, n);
    // By name: the table of rules would come into every program with all of them.
  } else if (is_recurrence(node.op)) {
    sum += ops::recurrence_flops(plan.graph, node, n);
  } else if (group.anchor == Anchor::batched_matmul) {
    sum += ops::batched_matmul_flops(plan.graph, node, n);
  } else if (group.anchor == Anchor::random) {
    sum += ops::function_flops * 4 * size;
  } else if (group.a >= 0) {
    const Value& a = plan.values[group.a];
    const double a_rows = static_cast<double>(a.rows) * (a.has_batch ? n : 1.0);
    if (group.anchor == Anchor::rows) sum += node.row_operation->flops * a_rows * a.columns;
    else if (group.anchor == Anchor::matmul) sum += 2 * size * (group.transpose_a ? a_rows : a.columns);
    else if (group.anchor == Anchor::sparse_matmul || group.anchor == Anchor::sampled_matmul)
      sum += size * a.columns;
    else if (group.anchor == Anchor::sparse_outer) sum += a_rows * a.columns * plan.values[group.b].columns;
    else sum += a_rows * a.columns;
  }
  return sum;
}

}  // namespace isthmus::plan
