// The interface of every operation for the import of weights.
#pragma once

#include <isthmus/graph.hpp>

#include <optional>

#include "row_orders.hpp"

namespace isthmus::interchange {

struct ImportOperation {
  /// Says which dimensions of a node and its operands have values in the same order. Null: none are known to.
  void (*carry)(RowOrders& orders, int node) = nullptr;
  /// The operand whose values are multiplied with those of the other as weights; -1: none.
  int weights = -1;
  bool is_transposed_convolution = false;
  /// Whether it gives new values for each sample, from the caller or random.
  bool gives_data = false;
};

const ImportOperation& import_operation(Op op);

/// The constant that the first such addition adds to a node's values, if there is one.
std::optional<float> constant_added_to(GraphView graph, int node);

}  // namespace isthmus::interchange
