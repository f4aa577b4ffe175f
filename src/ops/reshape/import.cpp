#include "ops/imports.hpp"

#include <optional>

namespace isthmus::interchange {
namespace {

/// The order of a shape's values; nothing for a row, whose order follows from its neighbours.
std::optional<RowOrder> order_of(const Shape& shape) {
  if (!shape.is_image()) return shape.rank <= 2 ? std::nullopt : std::optional(RowOrder{});
  if (shape.channels() == 1 || shape.height() * shape.width() == 1) return RowOrder{};
  return RowOrder{shape.height(), shape.width(), shape.channels()};
}

void carry_reshape(RowOrders& orders, int i) {
  const GraphView graph = orders.graph();
  const int from = graph[i].inputs[0];
  const Shape &before = graph[from].shape, &after = graph[i].shape;
  if (before == after) return orders.same(i, 1, from, 1);
  const auto order_before = order_of(before), order_after = order_of(after);
  if (order_before && order_after) return orders.require(i, *order_before, *order_after);
  if (order_before) orders.set(i, 1, *order_before);
  else if (order_after) orders.set(from, 1, *order_after);
  else if (before.columns() == after.columns()) orders.same(i, 1, from, 1);
}

}  // namespace

const ImportOperation imports::reshape{.carry = carry_reshape};

}  // namespace isthmus::interchange
