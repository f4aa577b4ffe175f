// A graph of ONNX in the making: nodes, constants, and names that are used once.
#pragma once

#include <onnx/onnx_pb.h>

#include <cstdint>
#include <initializer_list>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace isthmus::interchange {

using Extents = std::vector<std::int64_t>;

class OnnxWriter {
 public:
  explicit OnnxWriter(onnx::GraphProto& graph) : graph_(graph) {}

  /// Keeps the node that is added next and the attributes that are given to it together.
  class NewNode {
   public:
    NewNode(onnx::NodeProto& node) : node_(node) {}
    NewNode& with(const char* name, float value);
    NewNode& with(const char* name, std::int64_t value);
    NewNode& with(const char* name, const char* value);
    NewNode& with(const char* name, const Extents& values);
    /// The name of its result.
    std::string result() const { return node_.output(0); }
    /// The name of its second result, which it has from now on.
    std::string second_result();

   private:
    onnx::AttributeProto& attribute(const char* name, onnx::AttributeProto::AttributeType type);
    onnx::NodeProto& node_;
  };

  /// A node of one result, called `layer/type`, or with a number behind it if that is taken.
  NewNode add(const char* type, std::string_view layer, std::span<const std::string> inputs);
  NewNode add(const char* type, std::string_view layer, std::initializer_list<std::string> inputs) {
    return add(type, layer, std::span(inputs.begin(), inputs.size()));
  }

  /// A constant tensor; gives the name that it got.
  std::string floats(const std::string& name, const Extents& extents, std::span<const float> values);
  std::string integers(const std::string& name, const Extents& values);

  /// An input or an output of the graph; the first extent is the batch.
  void describe(onnx::ValueInfoProto& value, const std::string& name, const Extents& extents);

  /// Gives the result `from` of a node its name as an output. Returns false if it is no node's result, or an
  /// output already.
  bool rename(const std::string& from, const std::string& to);

  /// The name, or one like it if it is taken.
  std::string take(const std::string& name);

 private:
  onnx::GraphProto& graph_;
  std::set<std::string> taken_;
};

}  // namespace isthmus::interchange
