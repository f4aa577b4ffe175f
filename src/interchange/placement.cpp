#include "placement.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <numeric>
#include <utility>

#include "import_operation.hpp"
#include "row_orders.hpp"

namespace isthmus::interchange {
namespace {

/// Whether each node is weights, by which other values are multiplied, so that PyTorch has its outputs first.
std::vector<bool> find_weights(GraphView graph) {
  std::vector<bool> are_weights(static_cast<std::size_t>(graph.size), false);
  for (const Node& node : graph) {
    const int weights = import_operation(node.op).weights;
    if (weights >= 0) are_weights[static_cast<std::size_t>(node.inputs[weights])] = true;
  }
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
  // A convolution's: [results, channels, window] there.
  if (channels_first && rank >= 3) {
    std::iota(dimensions.begin(), dimensions.end() - 2, std::size_t{2});
    dimensions[rank - 2] = 1, dimensions[rank - 1] = 0;
    done = fmt::format("transposed ({})", fmt::join(dimensions, ", "));
  }
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
    if (!is_parameter(graph[i])) continue;
    list[static_cast<std::size_t>(i)] =
        torch ? placement_of(graph[i].shape, are_weights[static_cast<std::size_t>(i)], orders(i, 0), orders(i, 1))
              : placement_of(graph[i].shape, false, {}, {});
  }
  return list;
}

}  // namespace isthmus::interchange
