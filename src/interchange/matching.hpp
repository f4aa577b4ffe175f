// Matching of the tensors of a file with the parameters of a graph.
#pragma once

#include <isthmus/interchange/import.hpp>

#include <span>
#include <string>
#include <vector>

#include "foreign_names.hpp"
#include "foreign_selection.hpp"
#include "placement.hpp"

namespace isthmus::interchange {

struct MatchedParameter {
  std::string name, part;  ///< `enc1.weight`, `weight`
  TensorRole role = TensorRole::unknown;
  Placement placement;
  int node = -1;    ///< of the graph
  int tensor = -1;  ///< its number in the file
};

/// Finds a tensor of the right shape for every parameter, and a parameter for every tensor that is selected, as
/// import_weights says; in the graph's order. Throws as that does, but for NaN and infinity.
std::vector<MatchedParameter> match(GraphView graph, const ForeignWeights& weights,
                                    const ForeignSelection& selection, Layout layout,
                                    std::span<const NamePair> names);

}  // namespace isthmus::interchange
