// The rows of a graph that hold the values of images: other programs have these in another order.
#pragma once

#include <isthmus/graph.hpp>

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace isthmus::interchange {

/// The image whose values a row has, one pixel behind the other. All zero: a row whose values lie in the same
/// order in either layout, such as one of an image of one channel.
struct RowOrder {
  int height = 0, width = 0, channels = 0;

  bool operator==(const RowOrder&) const = default;
  bool is_same_everywhere() const { return channels == 0; }
  std::string text() const;
  /// The position of each value in a row that has one channel behind the other.
  std::vector<std::size_t> channels_first(std::size_t count) const;
};

/// The orders of the values in rows. An order that is known for one node holds for the nodes that correspond to it
/// value by value, before and after it. A dimension is that of the rows (0) or columns (1) of a matrix; of a
/// vector and of samples only the latter.
class RowOrders {
 public:
  /// Asks each operation what goes with what. Throws ShapeError where one row has the values of two images.
  explicit RowOrders(GraphView graph);

  RowOrder operator()(int node, int dimension) const {
    return orders_[static_cast<std::size_t>(node)][static_cast<std::size_t>(dimension)].value_or(RowOrder{});
  }

  // The interface for operations, for their nodes and operands.
  GraphView graph() const { return graph_; }
  void same(int a, int dimension_a, int b, int dimension_b);
  void set(int node, int dimension, const RowOrder& order);
  /// Throws ShapeError, naming the node, unless the two are one order.
  void require(int node, const RowOrder& one, const RowOrder& other) const;

 private:
  std::optional<RowOrder>& at(int node, int dimension) {
    return orders_[static_cast<std::size_t>(node)][static_cast<std::size_t>(dimension)];
  }

  GraphView graph_;
  std::vector<std::array<std::optional<RowOrder>, 2>> orders_;
  bool changed_ = false;
};

/// For operations that are computed value by value: a dimension of the result has the order of each operand's.
void carry_by_value(RowOrders& orders, int node);

}  // namespace isthmus::interchange
