// What the exporter asks of every operation. Each one's answer is in the folder of its family,
// src/ops/<family>/onnx.cpp.
#pragma once

#include <isthmus/graph.hpp>

namespace isthmus::interchange {

class OnnxExporter;

struct OnnxOperator {
  /// Whether ONNX has what this node does.
  bool (*has)(const Node& node);
  /// Adds what computes a node that is not known beforehand, and says what its value is called. The operands have
  /// theirs.
  void (*write)(OnnxExporter& to, int node);
};

/// For `has`, where it is every one.
constexpr bool any_node(const Node&) { return true; }

/// An operation's (src/ops/onnx.cpp), or null: there is none for what is no node of ONNX (leaves and sinks), or not
/// for a model in use.
const OnnxOperator* onnx_operator(Op op);

}  // namespace isthmus::interchange
