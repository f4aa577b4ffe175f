// The interface of every operation for the exporter. The implementations are in the folders of their families,
// src/ops/<family>/onnx.cpp.
#pragma once

#include <isthmus/graph.hpp>

namespace isthmus::interchange {

class OnnxExporter;

struct OnnxOperator {
  /// Whether this node can be written in ONNX.
  bool (*has)(const Node& node);
  /// Adds the ONNX nodes that compute a node that is not known beforehand, and sets the names of its value. The
  /// operands have names already.
  void (*write)(OnnxExporter& to, int node);
};

/// `has` for operations of which every node can be written.
constexpr bool any_node(const Node&) { return true; }

/// An operation's (src/ops/onnx.cpp), or null: there is none for what is no node of ONNX (leaves and sinks), or
/// not for a model in use.
const OnnxOperator* onnx_operator(Op op);

}  // namespace isthmus::interchange
