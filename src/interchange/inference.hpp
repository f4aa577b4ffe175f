// The analysis of a graph for every export: its operations, and the values that are known beforehand.
#pragma once

#include <isthmus/graph.hpp>
#include <isthmus/named_tensor.hpp>

#include <deque>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "known_operation.hpp"

namespace isthmus::interchange {

/// A node as messages and comments name it: `enc1: matmul`.
std::string described(const Node& node);

/// Whether the node has its operand's values in another shape.
inline bool is_alias(const Node& node) { return known_operation(node.op).is_alias; }

/// Throws Error unless the graph has one input, one output, and else data, aliases and operations that
/// `has_operation`, none of which mixes the samples of a batch. `format`: what is written, `a C header`; `writer`:
/// what an operation over rows has that can be written.
void require_inference(GraphView graph, const std::string& format, const char* writer,
                       const std::function<bool(const Node&)>& has_operation);

/// The values of the nodes that are made of parameters and constants alone, element by element, such as weights
/// with a batch norm's factors in them.
class KnownValues {
 public:
  /// `weights`: a value for every parameter, by its name. Throws ShapeError naming one that has none or another
  /// number of them. Both are to live as long as this.
  KnownValues(GraphView graph, std::span<const NamedTensor> weights);

  /// The values of a node, row-major; none if they depend on the input, or need more than one element for each.
  std::span<const float> operator[](int node) const { return values_[static_cast<std::size_t>(node)]; }

 private:
  std::span<const float> computed(GraphView graph, int node);
  std::span<const float> keep(std::vector<float> values);

  std::vector<std::span<const float>> values_;
  std::deque<std::vector<float>> kept_;
};

}  // namespace isthmus::interchange
