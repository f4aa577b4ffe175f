#include "ops/imports.hpp"

#include <optional>
#include <vector>

namespace isthmus::interchange {
namespace {

bool is_windowed(Op op) {
  return op == Op::conv2d || op == Op::conv2d_transpose || op == Op::max_pool || op == Op::resample;
}

/// For each node, whether windows move over it: a series of channels, whose order others change as they do that of
/// images, and no sequence of rows.
std::vector<bool> find_series(GraphView graph) {
  std::vector<bool> series(static_cast<std::size_t>(graph.size), false);
  const auto at = [&](int i) -> std::vector<bool>::reference { return series[static_cast<std::size_t>(i)]; };
  for (int i = 0; i < graph.size; ++i) {
    const Node& node = graph[i];
    if (is_windowed(node.op)) at(node.inputs[0]) = true;
    at(i) = at(i) || is_windowed(node.op) || (is_elementwise(node) && at(node.inputs[0]));
  }
  for (int i = graph.size - 1; i >= 0; --i)
    if (is_elementwise(graph[i]) && at(i)) at(graph[i].inputs[0]) = true;
  return series;
}

/// The order of a value's elements; nothing for a row, whose order follows from its neighbours.
std::optional<RowOrder> order_of(GraphView graph, int i) {
  const Shape& shape = graph[i].shape;
  if (shape.rank <= 2) return std::nullopt;
  const int places = shape.depth() * shape.height() * shape.width();
  const bool is_sequence = shape.rank == 3 && !find_series(graph)[static_cast<std::size_t>(i)];
  if (!shape.is_spatial() || is_sequence || shape.channels() == 1 || places == 1) return RowOrder{};
  return RowOrder{shape.depth() * shape.height(), shape.width(), shape.channels()};
}

void carry_reshape(RowOrders& orders, int i) {
  const GraphView graph = orders.graph();
  const int from = graph[i].inputs[0];
  const Shape &before = graph[from].shape, &after = graph[i].shape;
  if (before == after) return orders.same(i, 1, from, 1);
  const auto order_before = order_of(graph, from), order_after = order_of(graph, i);
  if (order_before && order_after) return orders.require(i, *order_before, *order_after);
  if (order_before) orders.set(i, 1, *order_before);
  else if (order_after) orders.set(from, 1, *order_after);
  else if (before.columns() == after.columns()) orders.same(i, 1, from, 1);
}

}  // namespace

const ImportOperation imports::reshape{.carry = carry_reshape};

}  // namespace isthmus::interchange
