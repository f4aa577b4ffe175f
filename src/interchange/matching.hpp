// Which tensor of a file is which parameter of a graph.
#pragma once

#include <isthmus/interchange/import.hpp>

#include <span>
#include <string>
#include <vector>

#include "foreign_names.hpp"
#include "placement.hpp"

namespace isthmus::interchange {

struct MatchedParameter {
  std::string name, part;  ///< `enc1.weight`, `weight`
  TensorRole role = TensorRole::unknown;
  Placement placement;
  int tensor = -1;  ///< its number in the file
};

struct Matched {
  std::vector<MatchedParameter> parameters;  ///< in the graph's order
  std::vector<std::string> passed_over;
};

/// Finds a tensor of the right shape for every parameter, and a parameter for every tensor, as import_weights
/// says. Throws as that does, but for NaN and infinity.
Matched match(GraphView graph, const ForeignWeights& weights, Layout layout, std::span<const NamePair> names);

}  // namespace isthmus::interchange
