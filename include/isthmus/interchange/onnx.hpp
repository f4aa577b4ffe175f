// ONNX: a graph and its weights as a file that other programs run. In the library isthmus::onnx, which is there if
// Isthmus was built where ONNX is. Source: ONNX 1.12, "Open Neural Network Exchange Intermediate Representation"
// and "ONNX Operators", operator set 13.
#pragma once

#include <isthmus/graph.hpp>
#include <isthmus/named_tensor.hpp>

#include <span>
#include <string>
#include <vector>

namespace isthmus::interchange {

/// The name and the texts of an ONNX model.
struct OnnxText {
  std::string name;                  ///< of the graph
  std::vector<std::string> remarks;  ///< lines of the model's description
};

/// The bytes of a model that ONNX's own checker and shape inference have passed: of a graph with one input, one
/// output and any number of side outputs, with its parameters' values by their names. Inputs and outputs have the
/// names and the shapes that the graph has, images [batch, height, width, channels], for any number of samples; in
/// between, what is done with images is done in ONNX's order, [batch, channels, height, width]. Parameters keep
/// their names, and those of convolutions get ONNX's order of extents. Throws Error naming the node for an
/// operation that no model in use has, and for one that mixes the samples of a batch; ShapeError for a parameter
/// without values, or with another number of them; Error if the result is larger than the format allows, 2 GiB.
std::string onnx_model(GraphView graph, std::span<const NamedTensor> weights, const OnnxText& text);

}  // namespace isthmus::interchange
