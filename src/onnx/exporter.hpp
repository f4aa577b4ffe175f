// Converts a graph to one of ONNX, node by node. Each operation writes itself (operator.hpp); this class has the
// part that all of them share: the values and their names.
#pragma once

#include <isthmus/builder.hpp>

#include <array>
#include <span>
#include <string>
#include <vector>

#include "interchange/inference.hpp"
#include "operator.hpp"
#include "writer.hpp"

namespace isthmus::interchange {

/// A shape as ONNX has it; the batch is negative.
Extents extents_of(const Shape& shape);

/// Whether this node can be written in ONNX.
bool has_operator(const Node& node);

class OnnxExporter {
 public:
  OnnxExporter(GraphView graph, std::span<const NamedTensor> weights, onnx::GraphProto& to);
  void run();

  // The interface for operations.

  /// The names of a node's value in ONNX, empty where it is not there. Images are there in the graph's order, in
  /// ONNX's own (channels first), or in both: a transposition is added where one is missed, once.
  struct Value {
    std::string plain, channels_first;
    std::array<std::string, 4> columns;  ///< of a row that goes with images: by the number of their dimensions
  };

  GraphView graph() const { return graph_; }
  OnnxWriter& writer() { return writer_; }
  const Node& operand(const Node& node, int k) const { return graph_[node.inputs[k]]; }
  Value& value(int i) { return values_[static_cast<std::size_t>(i)]; }

  /// The values of a node that is made of parameters and constants alone; else none.
  std::span<const float> known(int i) const { return known_[i]; }
  bool is_known(int i) const { return !known_[i].empty(); }

  /// The name of a node's value in the graph's order.
  std::string plain(int i);
  /// The name of an image's value in ONNX's order.
  std::string channels_first(int i);
  /// The name of a value that goes with images of so many dimensions in ONNX's order: a row of one value for each
  /// channel becomes a column.
  std::string beside_image(int i, int dimensions);
  /// A name for a known value.
  std::string constant_name(int i) const;
  /// The number of samples, [1].
  std::string batch_size();

  /// The node that alone reads this one, or -1.
  int only_user(int i) const;
  /// Node `i` does what `user` is there for: that one has its value.
  void fold(int user, int i) { same_as_[static_cast<std::size_t>(user)] = i; }

 private:
  void find_users();
  void write(int i);
  void write_sinks();

  GraphView graph_;
  KnownValues known_;
  onnx::GraphProto& to_;
  OnnxWriter writer_;
  std::vector<Value> values_;
  std::vector<std::vector<int>> users_;  ///< of each node: the nodes that read it and are needed
  std::vector<int> same_as_;             ///< the node that another one was folded into, -1 for others
  std::string input_, batch_size_;
};

}  // namespace isthmus::interchange
