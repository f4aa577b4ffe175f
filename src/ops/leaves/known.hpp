// The leaves whose values are in the graph itself.
#pragma once

#include <isthmus/graph.hpp>

#include <vector>

namespace isthmus::interchange {

std::vector<float> constant_value(const Node& node);
std::vector<float> one_hot_row(const Node& node);

}  // namespace isthmus::interchange
