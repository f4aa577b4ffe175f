#include "writer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>

namespace isthmus::interchange {

static_assert(std::endian::native == std::endian::little, "raw data are little-endian");

onnx::AttributeProto& OnnxWriter::NewNode::attribute(const char* name, onnx::AttributeProto::AttributeType type) {
  onnx::AttributeProto& attribute = *node_.add_attribute();
  attribute.set_name(name);
  attribute.set_type(type);
  return attribute;
}

OnnxWriter::NewNode& OnnxWriter::NewNode::with(const char* name, float value) {
  attribute(name, onnx::AttributeProto::FLOAT).set_f(value);
  return *this;
}

OnnxWriter::NewNode& OnnxWriter::NewNode::with(const char* name, std::int64_t value) {
  attribute(name, onnx::AttributeProto::INT).set_i(value);
  return *this;
}

OnnxWriter::NewNode& OnnxWriter::NewNode::with(const char* name, const char* value) {
  attribute(name, onnx::AttributeProto::STRING).set_s(value);
  return *this;
}

OnnxWriter::NewNode& OnnxWriter::NewNode::with(const char* name, const Extents& values) {
  onnx::AttributeProto& list = attribute(name, onnx::AttributeProto::INTS);
  for (const std::int64_t value : values) list.add_ints(value);
  return *this;
}

std::string OnnxWriter::NewNode::second_result() {
  if (node_.output_size() < 2) node_.add_output(node_.name() + "/second");
  return node_.output(1);
}

std::string OnnxWriter::take(const std::string& name) {
  std::string free = name;
  for (int number = 2; !taken_.insert(free).second; ++number) free = fmt::format("{}_{}", name, number);
  return free;
}

OnnxWriter::NewNode OnnxWriter::add(const char* type, std::string_view layer,
                                    std::span<const std::string> inputs) {
  onnx::NodeProto& node = *graph_.add_node();
  node.set_op_type(type);
  node.set_name(take(layer.empty() ? type : fmt::format("{}/{}", layer, type)));
  for (const std::string& input : inputs) node.add_input(input);
  node.add_output(node.name());
  return node;
}

std::string OnnxWriter::floats(const std::string& name, const Extents& extents, std::span<const float> values) {
  onnx::TensorProto& tensor = *graph_.add_initializer();
  tensor.set_name(take(name));
  tensor.set_data_type(onnx::TensorProto::FLOAT);
  for (const std::int64_t extent : extents) tensor.add_dims(extent);
  tensor.set_raw_data(values.data(), values.size_bytes());
  return tensor.name();
}

std::string OnnxWriter::integers(const std::string& name, const Extents& values) {
  onnx::TensorProto& tensor = *graph_.add_initializer();
  tensor.set_name(take(name));
  tensor.set_data_type(onnx::TensorProto::INT64);
  tensor.add_dims(static_cast<std::int64_t>(values.size()));
  tensor.set_raw_data(values.data(), values.size() * sizeof(std::int64_t));
  return tensor.name();
}

void OnnxWriter::describe(onnx::ValueInfoProto& value, const std::string& name, const Extents& extents) {
  value.set_name(name);
  onnx::TypeProto::Tensor& tensor = *value.mutable_type()->mutable_tensor_type();
  tensor.set_elem_type(onnx::TensorProto::FLOAT);
  onnx::TensorShapeProto& shape = *tensor.mutable_shape();
  for (const std::int64_t extent : extents) {
    onnx::TensorShapeProto::Dimension& dimension = *shape.add_dim();
    if (extent < 0) dimension.set_dim_param("batch");
    else dimension.set_dim_value(extent);
  }
}

bool OnnxWriter::rename(const std::string& from, const std::string& to) {
  const auto named = [&](const onnx::ValueInfoProto& output) { return output.name() == from; };
  if (std::any_of(graph_.output().begin(), graph_.output().end(), named)) return false;
  const auto gives = [&](const onnx::NodeProto& node) { return node.output(0) == from; };
  if (std::none_of(graph_.node().begin(), graph_.node().end(), gives)) return false;
  for (onnx::NodeProto& node : *graph_.mutable_node()) {
    for (std::string& input : *node.mutable_input())
      if (input == from) input = to;
    if (gives(node)) node.set_output(0, to);
  }
  return true;
}

}  // namespace isthmus::interchange
