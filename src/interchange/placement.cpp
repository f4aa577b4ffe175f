#include "placement.hpp"

#include <isthmus/error.hpp>

#include <fmt/format.h>

#include <array>
#include <numeric>
#include <optional>
#include <utility>

namespace isthmus::interchange {
namespace {

/// The image whose values a row has, one pixel behind the other. All zero: a row whose values lie in the same
/// order in either layout, such as one of an image of one channel.
struct RowOrder {
  int height = 0, width = 0, channels = 0;

  bool operator==(const RowOrder&) const = default;
  bool is_same_everywhere() const { return channels == 0; }
  std::string text() const {
    return is_same_everywhere() ? "a plain row" : fmt::format("an image of {} x {} x {}", height, width, channels);
  }
  /// The position of each value in a row that has one channel behind the other.
  std::vector<std::size_t> channels_first(std::size_t count) const {
    std::vector<std::size_t> positions(count);
    std::iota(positions.begin(), positions.end(), std::size_t{0});
    if (is_same_everywhere()) return positions;
    const auto pixels = static_cast<std::size_t>(height) * static_cast<std::size_t>(width),
               depth = static_cast<std::size_t>(channels);
    for (std::size_t i = 0; i < count; ++i) positions[i] = i % depth * pixels + i / depth;
    return positions;
  }
};

/// Nothing for a row, whose order its neighbours decide.
std::optional<RowOrder> order_of(const Shape& shape) {
  if (!shape.is_image()) return shape.rank <= 2 ? std::nullopt : std::optional(RowOrder{});
  if (shape.channels() == 1 || shape.height() * shape.width() == 1) return RowOrder{};
  return RowOrder{shape.height(), shape.width(), shape.channels()};
}

/// Which rows of a graph have the values of images. What is known of one node is known of those that go with it
/// value by value, before it and behind it.
class RowOrders {
 public:
  explicit RowOrders(GraphView graph) : graph_(graph), orders_(static_cast<std::size_t>(graph.size)) {
    do {
      changed_ = false;
      for (int i = 0; i < graph.size; ++i) visit(i);
    } while (changed_);
  }

  /// Of the rows (dimension 0) or columns (1) of a matrix; of a vector and of samples only the latter.
  RowOrder operator()(int node, int dimension) const {
    return orders_[static_cast<std::size_t>(node)][static_cast<std::size_t>(dimension)].value_or(RowOrder{});
  }

 private:
  void visit(int i) {
    const Node& node = graph_[i];
    if (node.op == Op::matmul) {
      if (node.transpose_a) return;
      const int weights = node.inputs[1];
      same(node.inputs[0], 1, weights, node.transpose_b ? 1 : 0);
      same(i, 1, weights, node.transpose_b ? 0 : 1);
    } else if (node.op == Op::transpose) {
      same(i, 0, node.inputs[0], 1);
      same(i, 1, node.inputs[0], 0);
    } else if (node.op == Op::reshape) {
      visit_reshape(i);
    } else if (node.op == Op::elementwise || node.op == Op::broadcast || node.op == Op::sum_to ||
               node.op == Op::by_mode || node.op == Op::bottleneck) {
      for (const int operand : node.inputs)
        if (operand >= 0) same_if_equal(i, operand);
    }
  }

  void visit_reshape(int i) {
    const int from = graph_[i].inputs[0];
    const Shape &before = graph_[from].shape, &after = graph_[i].shape;
    if (before == after) return same(i, 1, from, 1);
    const auto order_before = order_of(before), order_after = order_of(after);
    if (order_before && order_after) return require(i, *order_before, *order_after);
    if (order_before)
      set(i, 1, *order_before);
    else if (order_after)
      set(from, 1, *order_after);
    else if (before.columns() == after.columns())
      same(i, 1, from, 1);
  }

  void same_if_equal(int i, int operand) {
    const Shape &a = graph_[i].shape, &b = graph_[operand].shape;
    if (a.rank == 0 || b.rank == 0 || a.rank > 2 || b.rank > 2) return;
    const int columns = a.dim[a.rank - 1];
    if (columns > 1 && columns == b.dim[b.rank - 1]) same(i, 1, operand, 1);
    if (a.rank == 2 && b.rank == 2 && a.dim[0] > 1 && a.dim[0] == b.dim[0]) same(i, 0, operand, 0);
  }

  void same(int a, int dimension_a, int b, int dimension_b) {
    const auto of_a = at(a, dimension_a), of_b = at(b, dimension_b);
    if (of_a) set(b, dimension_b, *of_a);
    if (of_b) set(a, dimension_a, *of_b);
  }

  void set(int node, int dimension, const RowOrder& order) {
    std::optional<RowOrder>& known = at(node, dimension);
    if (known) return require(node, *known, order);
    known = order;
    changed_ = true;
  }

  void require(int node, const RowOrder& one, const RowOrder& other) const {
    if (one == other) return;
    throw ShapeError(
        fmt::format("{}: expected values of one image, since PyTorch has its channels first, found {} taken as {}",
                    graph_[node].label.layer, one.text(), other.text()));
  }

  std::optional<RowOrder>& at(int node, int dimension) {
    return orders_[static_cast<std::size_t>(node)][static_cast<std::size_t>(dimension)];
  }

  GraphView graph_;
  std::vector<std::array<std::optional<RowOrder>, 2>> orders_;
  bool changed_ = false;
};

/// Whether each node is what the others' values are multiplied by, so that PyTorch has its outputs first.
std::vector<bool> find_weights(GraphView graph) {
  std::vector<bool> are_weights(static_cast<std::size_t>(graph.size), false);
  for (const Node& node : graph)
    if (node.op == Op::matmul || node.op == Op::conv2d || node.op == Op::conv2d_transpose)
      are_weights[static_cast<std::size_t>(node.inputs[1])] = true;
  return are_weights;
}

/// `dimensions`: for each of ours, which of theirs it is; `positions`: for each of ours, where each index is in
/// theirs.
Placement place(const Shape& shape, const std::vector<std::size_t>& dimensions,
                const std::vector<std::vector<std::size_t>>& positions) {
  Placement placement;
  placement.our_shape = {shape.dim, shape.dim + shape.rank};
  placement.their_shape.resize(dimensions.size());
  for (std::size_t k = 0; k < dimensions.size(); ++k)
    placement.their_shape[dimensions[k]] = placement.our_shape[k];
  for (std::size_t k = 0; k < dimensions.size(); ++k) {
    std::size_t step = 1;
    for (std::size_t later = dimensions[k] + 1; later < dimensions.size(); ++later)
      step *= static_cast<std::size_t>(placement.their_shape[later]);
    placement.offsets.push_back(positions[k]);
    for (std::size_t& offset : placement.offsets.back()) offset *= step;
  }
  return placement;
}

Placement placement_of(const Shape& shape, bool channels_first, const RowOrder& rows, const RowOrder& columns) {
  const auto rank = static_cast<std::size_t>(shape.rank);
  std::vector<std::size_t> dimensions(rank);
  std::iota(dimensions.begin(), dimensions.end(), std::size_t{0});
  std::string done;
  if (channels_first && rank == 2) dimensions = {1, 0}, done = "transposed";
  if (channels_first && rank == 4) dimensions = {2, 3, 1, 0}, done = "transposed (2, 3, 1, 0)";
  std::vector<std::vector<std::size_t>> positions;
  for (std::size_t k = 0; k < rank; ++k) {
    RowOrder order;
    if (rank <= 2) order = k + 1 == rank ? columns : rows;
    positions.push_back(order.channels_first(static_cast<std::size_t>(shape.dim[k])));
    if (!order.is_same_everywhere())
      done += fmt::format("{}{} those of {}", done.empty() ? "" : ", ", k + 1 == rank ? "columns" : "rows",
                          order.text());
  }
  Placement placement = place(shape, dimensions, positions);
  placement.done = std::move(done);
  return placement;
}

}  // namespace

std::vector<float> Placement::in_our_order(const std::vector<float>& theirs) const {
  std::vector<std::size_t> positions{0};
  for (const std::vector<std::size_t>& dimension : offsets) {
    std::vector<std::size_t> finer;
    finer.reserve(positions.size() * dimension.size());
    for (const std::size_t position : positions)
      for (const std::size_t offset : dimension) finer.push_back(position + offset);
    positions = std::move(finer);
  }
  std::vector<float> values;
  values.reserve(positions.size());
  for (const std::size_t position : positions) values.push_back(theirs[position]);
  return values;
}

std::vector<Placement> placements(GraphView graph, Layout layout) {
  const bool torch = layout == Layout::torch;
  // Keras has images as we have them.
  const RowOrders orders(torch ? graph : GraphView{});
  const std::vector<bool> are_weights = find_weights(graph);
  std::vector<Placement> list(static_cast<std::size_t>(graph.size));
  for (int i = 0; i < graph.size; ++i) {
    if (graph[i].op != Op::parameter) continue;
    list[static_cast<std::size_t>(i)] =
        torch ? placement_of(graph[i].shape, are_weights[static_cast<std::size_t>(i)], orders(i, 0), orders(i, 1))
              : placement_of(graph[i].shape, false, {}, {});
  }
  return list;
}

std::string full_name(const Label& label) {
  return *label.part == 0 ? std::string(label.layer) : fmt::format("{}.{}", label.layer, label.part);
}

}  // namespace isthmus::interchange
