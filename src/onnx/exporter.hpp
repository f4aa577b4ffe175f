// From a graph of ours to one of ONNX, node by node.
#pragma once

#include <isthmus/builder.hpp>

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "interchange/inference.hpp"
#include "writer.hpp"

namespace isthmus::interchange {

/// Whether ONNX has what this node does.
bool has_operator(const Node& node);

class OnnxExporter {
 public:
  OnnxExporter(GraphView graph, std::span<const Tensor> weights, onnx::GraphProto& to);
  void run();

 private:
  /// What a node's value is called in ONNX, empty where it is not there. Images are there in the graph's order, in
  /// ONNX's own (channels first), or in both: a transposition is added where one is missed, once.
  struct Value {
    std::string plain, channels_first;
  };

  const Node& operand(const Node& node, int k) const { return graph_[node.inputs[k]]; }
  Value& value(int i) { return values_[static_cast<std::size_t>(i)]; }
  bool is_known(int i) const { return !known_[i].empty(); }

  void find_users();
  void write(int i);
  void write_elementwise(int i);
  /// The name of an elementwise operation's result, of operands of these names.
  std::string apply(const Elementwise& function, const std::vector<std::string>& operands, float value,
                    std::string_view layer);
  std::string apply_steps(const FormulaSteps& steps, const std::vector<std::string>& operands, float value,
                          std::string_view layer);
  void write_rows(int i);
  void write_matmul(int i);
  void write_broadcast(int i);
  void write_sum(int i);
  void write_convolution(int i);
  void write_pool(int i);
  void write_resample(int i);
  void write_sinks();

  /// The name of a node's value in the graph's order.
  std::string plain(int i);
  /// The name of an image's value in ONNX's order.
  std::string channels_first(int i);
  /// The name of a value that goes with images in ONNX's order: a row of one value for each channel becomes a column.
  std::string beside_image(int i);
  /// The name of a convolution's weights, [results, channels, height, width].
  std::string filters(int i);
  std::string constant_name(int i) const;
  /// The number of samples, [1].
  std::string batch_size();

  /// If node `i` is read by nothing but an addition of as many known values as its last dimension has: that
  /// addition's other operand, whose result then is that of the node; else -1.
  int take_bias(int i);

  GraphView graph_;
  KnownValues known_;
  onnx::GraphProto& to_;
  OnnxWriter writer_;
  std::vector<Value> values_;
  std::vector<std::vector<int>> users_;  ///< of each node: the nodes that read it and are needed
  std::vector<int> same_as_;             ///< the node that a bias was folded into, -1 for others
  std::string input_, batch_size_;
};

}  // namespace isthmus::interchange
