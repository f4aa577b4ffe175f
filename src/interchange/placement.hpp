// The position of each value of a parameter in another program's layout.
#pragma once

#include <isthmus/interchange/import.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace isthmus::interchange {

/// The placement of one parameter.
struct Placement {
  std::vector<std::int64_t> our_shape;
  std::vector<std::int64_t> their_shape;
  /// For each of our dimensions, the offset in the other layout that each index adds.
  std::vector<std::vector<std::size_t>> offsets;
  std::string done;  ///< in words: `transposed`; empty if it lies there as it does here

  /// Values from the other layout in our order.
  std::vector<float> in_our_order(const std::vector<float>& theirs) const;
};

/// The placement of each node; those of nodes that are no parameters are empty. Throws ShapeError if PyTorch's
/// layout does not have the order in which the graph takes an image's values.
std::vector<Placement> placements(GraphView graph, Layout layout);

}  // namespace isthmus::interchange
