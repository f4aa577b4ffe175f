#include <isthmus/error.hpp>
#include <isthmus/interchange/onnx.hpp>

#include <fmt/format.h>
#include <onnx/checker.h>
#include <onnx/shape_inference/implementation.h>

#include <limits>

#include "data/joined.hpp"
#include "exporter.hpp"

namespace isthmus::interchange {

std::string onnx_model(GraphView graph, std::span<const NamedTensor> weights, const OnnxText& text) {
  require_inference(graph, "ONNX", "RowOperation::onnx, of an operation over rows", has_operator);
  onnx::ModelProto model;
  // Version 7 of the format and operator set 13: ONNX 1.8, which programs of 2020 read.
  model.set_ir_version(7);
  model.add_opset_import()->set_version(13);
  model.set_producer_name("isthmus");
  model.set_doc_string(data::joined(text.remarks, "\n", [](const std::string& remark) { return remark; }));
  model.mutable_graph()->set_name(text.name);
  OnnxExporter(graph, weights, *model.mutable_graph()).run();
  // Protocol buffers end there.
  if (model.ByteSizeLong() > std::size_t{std::numeric_limits<std::int32_t>::max()})
    throw Error(fmt::format("ONNX: expected a model of at most 2 GiB, found {} bytes", model.ByteSizeLong()));
  try {
    onnx::checker::check_model(model);
    onnx::shape_inference::InferShapes(model, onnx::OpSchemaRegistry::Instance(), {true, 1, true});
  } catch (const std::runtime_error& error) {
    throw Error(fmt::format("ONNX: expected a model that its checker passes, found one of which it says: {}",
                            std::string_view(error.what()).substr(0, 300)));
  }
  return model.SerializeAsString();
}

}  // namespace isthmus::interchange
