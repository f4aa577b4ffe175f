#include "row_orders.hpp"

#include <isthmus/error.hpp>

#include <fmt/format.h>

#include <numeric>

#include "import_operation.hpp"

namespace isthmus::interchange {

std::string RowOrder::text() const {
  return is_same_everywhere() ? "a plain row" : fmt::format("an image of {} x {} x {}", height, width, channels);
}

std::vector<std::size_t> RowOrder::channels_first(std::size_t count) const {
  std::vector<std::size_t> positions(count);
  std::iota(positions.begin(), positions.end(), std::size_t{0});
  if (is_same_everywhere()) return positions;
  const auto pixels = static_cast<std::size_t>(height) * static_cast<std::size_t>(width),
             depth = static_cast<std::size_t>(channels);
  for (std::size_t i = 0; i < count; ++i) positions[i] = i % depth * pixels + i / depth;
  return positions;
}

RowOrders::RowOrders(GraphView graph) : graph_(graph), orders_(static_cast<std::size_t>(graph.size)) {
  do {
    changed_ = false;
    for (int i = 0; i < graph.size; ++i)
      if (const auto carry = import_operation(graph[i].op).carry) carry(*this, i);
  } while (changed_);
}

void RowOrders::same(int a, int dimension_a, int b, int dimension_b) {
  const auto of_a = at(a, dimension_a), of_b = at(b, dimension_b);
  if (of_a) set(b, dimension_b, *of_a);
  if (of_b) set(a, dimension_a, *of_b);
}

void RowOrders::set(int node, int dimension, const RowOrder& order) {
  std::optional<RowOrder>& known = at(node, dimension);
  if (known) return require(node, *known, order);
  known = order;
  changed_ = true;
}

void RowOrders::require(int node, const RowOrder& one, const RowOrder& other) const {
  if (one == other) return;
  throw ShapeError(
      fmt::format("{}: expected values of one image, since PyTorch has its channels first, found {} taken as {}",
                  graph_[node].label.layer, one.text(), other.text()));
}

void carry_by_value(RowOrders& orders, int node) {
  const GraphView graph = orders.graph();
  const Shape& a = graph[node].shape;
  for (const int operand : graph[node].inputs) {
    if (operand < 0) continue;
    const Shape& b = graph[operand].shape;
    if (a.rank == 0 || b.rank == 0 || a.rank > 2 || b.rank > 2) continue;
    const int columns = a.dim[a.rank - 1];
    if (columns > 1 && columns == b.dim[b.rank - 1]) orders.same(node, 1, operand, 1);
    if (a.rank == 2 && b.rank == 2 && a.dim[0] > 1 && a.dim[0] == b.dim[0]) orders.same(node, 0, operand, 0);
  }
}

}  // namespace isthmus::interchange
