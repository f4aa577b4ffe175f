// Columns are whole numbers to ONNX, and floats in a sparse row.
#include <fmt/format.h>

#include "onnx/exporter.hpp"
#include "ops/onnx.hpp"

namespace isthmus::interchange {
namespace {

// Types of ONNX's Cast.
constexpr std::int64_t to_float = onnx::TensorProto::FLOAT, to_integer = onnx::TensorProto::INT64;

/// The columns of the k largest, and these in ascending order: of equal values TopK takes the first ones.
void write_top_k(OnnxExporter& to, int i) {
  const Node& node = to.graph()[i];
  const std::string layer = node.label.layer;
  OnnxWriter& writer = to.writer();
  const std::string row = to.plain(node.inputs[0]);
  const std::string k = writer.integers(fmt::format("{}.k", layer), Extents{node.shape.columns() / 2});
  const std::string largest = writer.add("TopK", layer, {row, k}).with("axis", std::int64_t{-1}).second_result();
  OnnxWriter::NewNode ascending = writer.add("TopK", layer, {largest, k});
  ascending.with("axis", std::int64_t{-1}).with("largest", std::int64_t{0});
  ascending.second_result();  // Nobody reads it, but a TopK has two.
  const std::string columns = ascending.result();
  const std::string values =
      writer.add("GatherElements", layer, {row, columns}).with("axis", std::int64_t{-1}).result();
  const std::string numbers = writer.add("Cast", layer, {columns}).with("to", to_float).result();
  to.value(i).plain = writer.add("Concat", layer, {values, numbers}).with("axis", std::int64_t{-1}).result();
}

/// Of values of one column, which top_k never gives, the last one counts.
void write_sparse_scatter(OnnxExporter& to, int i) {
  const Node& node = to.graph()[i];
  const std::string layer = node.label.layer;
  OnnxWriter& writer = to.writer();
  const std::int64_t kept = to.operand(node, 0).shape.columns() / 2;
  const auto part = [&](int operand, std::int64_t begin) {
    return writer
        .add("Slice", layer,
             {to.plain(node.inputs[operand]), writer.integers(fmt::format("{}.begin", layer), Extents{begin}),
              writer.integers(fmt::format("{}.end", layer), Extents{begin + kept}),
              writer.integers(fmt::format("{}.axis", layer), Extents{1})})
        .result();
  };
  const std::string columns = writer.add("Cast", layer, {part(1, kept)}).with("to", to_integer).result();
  const std::string shape =
      writer
          .add("Concat", layer,
               {to.batch_size(), writer.integers(fmt::format("{}.width", layer), Extents{node.shape.columns()})})
          .with("axis", std::int64_t{0})
          .result();
  const std::string empty = writer.add("ConstantOfShape", layer, {shape}).result();
  to.value(i).plain =
      writer.add("ScatterElements", layer, {empty, columns, part(0, 0)}).with("axis", std::int64_t{1}).result();
}

}  // namespace

const OnnxOperator onnx_top_k{.has = any_node, .write = write_top_k};
const OnnxOperator onnx_sparse_scatter{.has = any_node, .write = write_sparse_scatter};

}  // namespace isthmus::interchange
