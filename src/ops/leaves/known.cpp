#include "ops/leaves/known.hpp"

#include <cstddef>

namespace isthmus::interchange {

std::vector<float> constant_value(const Node& node) { return {node.value}; }

std::vector<float> one_hot_row(const Node& node) {
  std::vector<float> row(static_cast<std::size_t>(node.shape.elements_per_sample()), 0.0f);
  row.at(static_cast<std::size_t>(node.value)) = 1;
  return row;
}

}  // namespace isthmus::interchange
