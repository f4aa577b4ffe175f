#include "exporter.hpp"

#include <isthmus/dump.hpp>

#include <fmt/format.h>

#include <algorithm>

namespace isthmus::interchange {
namespace {

Extents extents_of(const Shape& shape) { return {shape.dim, shape.dim + shape.rank}; }

}  // namespace

bool has_operator(const Node& node) {
  switch (node.op) {
    case Op::broadcast:
    case Op::sum_to:
    case Op::transpose:
    case Op::matmul:
    case Op::max_pool:
    case Op::elementwise:
    case Op::output:
    case Op::side_output: return true;
    // As they are written, not as plans have them; the transpose of upsampling is for gradients.
    case Op::conv2d: return node.algorithm == Algorithm::direct && !node.pooled;
    case Op::conv2d_transpose:
      return node.algorithm == Algorithm::direct && !node.pooled && node.window.upsample == 1;
    case Op::resample: return !node.transpose_a;
    case Op::rows: return node.row_operation->onnx != nullptr;
    default: return false;
  }
}

OnnxExporter::OnnxExporter(GraphView graph, std::span<const Tensor> weights, onnx::GraphProto& to)
    : graph_(graph), known_(graph, weights), to_(to), writer_(to), values_(static_cast<std::size_t>(graph.size)),
      users_(values_.size()), same_as_(values_.size(), -1) {}

void OnnxExporter::run() {
  find_users();
  for (int i = 0; i < graph_.size; ++i) {
    if (graph_[i].op != Op::input) continue;
    input_ = value(i).plain = writer_.take(graph_[i].label.layer);
    writer_.describe(*to_.add_input(), input_, extents_of(graph_[i].shape));
  }
  for (int i = 0; i < graph_.size; ++i)
    if (!users_[static_cast<std::size_t>(i)].empty() && !is_known(i)) write(i);
  write_sinks();
}

void OnnxExporter::find_users() {
  for (int i = graph_.size - 1; i >= 0; --i) {
    const Node& node = graph_[i];
    if (is_known(i) || (!is_sink(node.op) && users_[static_cast<std::size_t>(i)].empty())) continue;
    for (int k = 0; k < 3 && node.inputs[k] >= 0; ++k)
      users_[static_cast<std::size_t>(node.inputs[k])].push_back(i);
  }
}

void OnnxExporter::write(int i) {
  const Node& node = graph_[i];
  if (const int same = same_as_[static_cast<std::size_t>(i)]; same >= 0) {
    value(i) = value(same);
    return;
  }
  switch (node.op) {
    case Op::input: return;
    case Op::bottleneck: value(i) = value(node.inputs[0]); return;
    case Op::reshape: {
      Extents extents = extents_of(node.shape);
      const std::string to = writer_.integers(fmt::format("{}.shape", node.label.layer), extents);
      value(i).plain = writer_.add("Reshape", node.label.layer, {plain(node.inputs[0]), to}).result();
      return;
    }
    case Op::transpose:
      value(i).plain =
          writer_.add("Transpose", node.label.layer, {plain(node.inputs[0])}).with("perm", Extents{1, 0}).result();
      return;
    case Op::matmul: return write_matmul(i);
    case Op::broadcast: return write_broadcast(i);
    case Op::sum_to: return write_sum(i);
    case Op::conv2d:
    case Op::conv2d_transpose: return write_convolution(i);
    case Op::max_pool: return write_pool(i);
    case Op::rows: return write_rows(i);
    case Op::resample: return write_resample(i);
    default: return write_elementwise(i);
  }
}

void OnnxExporter::write_elementwise(int i) {
  const Node& node = graph_[i];
  const std::string_view layer = node.label.layer;
  std::vector<int> operands;
  for (int k = 0; k < 3 && node.inputs[k] >= 0; ++k) operands.push_back(node.inputs[k]);
  // Images stay in the order in which they are, so that there are transpositions at the ends of a row of layers
  // alone.
  const bool first = std::any_of(operands.begin(), operands.end(), [&](int k) {
    return graph_[k].shape.is_image() && value(k).plain.empty() && !value(k).channels_first.empty();
  });
  std::vector<std::string> names;
  for (const int k : operands) names.push_back(first ? beside_image(k) : plain(k));

  const std::string result = apply(*node.function, names, node.value, layer);
  (first ? value(i).channels_first : value(i).plain) = result;
}

std::string OnnxExporter::apply(const Elementwise& function, const std::vector<std::string>& operands, float value,
                                std::string_view layer) {
  const ElementwiseRow& row = function.row;
  if (row.onnx == nullptr)
    return apply_steps(row.onnx_formula != nullptr ? function.onnx_steps : function.steps, operands, value, layer);
  const auto cast = [&](const std::string& from, std::int64_t type) {
    return writer_.add("Cast", layer, {from}).with("to", type).result();
  };
  std::vector<std::string> inputs = operands;
  if (row.onnx_logical == Logical::first_operand) inputs[0] = cast(inputs[0], onnx::TensorProto::BOOL);
  OnnxWriter::NewNode one = writer_.add(row.onnx, layer, inputs);
  if (row.onnx_attribute != nullptr) one.with(row.onnx_attribute, value);
  const std::string result = one.result();
  return row.onnx_logical == Logical::result ? cast(result, onnx::TensorProto::FLOAT) : result;
}

std::string OnnxExporter::apply_steps(const FormulaSteps& steps, const std::vector<std::string>& operands, float value,
                                      std::string_view layer) {
  std::vector<std::string> known(operands);
  known.resize(static_cast<std::size_t>(steps.count));
  const auto number = [&](float x) { return writer_.floats(fmt::format("{}.{}", layer, x), {}, {&x, 1}); };
  for (std::size_t i = FormulaSteps::leaves; i < known.size(); ++i) {
    const FormulaSteps::Step& step = steps.at[i];
    if (step.function == nullptr) {
      known[i] = number(step.value);
      continue;
    }
    std::vector<std::string> inputs;
    for (int k = 0; k < step.function->row.operands; ++k) {
      std::string& input = known[static_cast<std::size_t>(step.inputs[k])];
      if (input.empty()) input = number(value);  // The operation's own parameter.
      inputs.push_back(input);
    }
    known[i] = apply(*step.function, inputs, step.value, layer);
  }
  return known[static_cast<std::size_t>(steps.result)];
}

void OnnxExporter::write_rows(int i) {
  const Node& node = graph_[i];
  const RowOperation& operation = *node.row_operation;
  std::vector<std::string> operands;
  for (int k = 0; k < operation.operands; ++k) operands.push_back(plain(node.inputs[k]));
  OnnxWriter::NewNode one = writer_.add(operation.onnx, node.label.layer, operands);
  if (operation.onnx_keeps_axis) one.with("axis", std::int64_t{-1});
  else one.with("axes", Extents{-1}).with("keepdims", std::int64_t{1});
  value(i).plain = one.result();
}

void OnnxExporter::write_matmul(int i) {
  const Node& node = graph_[i];
  const std::string a = plain(node.inputs[0]), b = plain(node.inputs[1]);
  const int bias = take_bias(i);
  if (bias < 0 && !node.transpose_a && !node.transpose_b) {
    value(i).plain = writer_.add("MatMul", node.label.layer, {a, b}).result();
    return;
  }
  OnnxWriter::NewNode gemm = bias < 0 ? writer_.add("Gemm", node.label.layer, {a, b})
                                      : writer_.add("Gemm", node.label.layer, {a, b, plain(bias)});
  if (node.transpose_a) gemm.with("transA", std::int64_t{1});
  if (node.transpose_b) gemm.with("transB", std::int64_t{1});
  value(i).plain = gemm.result();
}

void OnnxExporter::write_broadcast(int i) {
  const Node& node = graph_[i];
  const std::string name = fmt::format("{}.shape", node.label.layer);
  Extents extents = extents_of(node.shape);
  std::string to;
  if (node.shape.has_batch() && !operand(node, 0).shape.has_batch()) {
    extents.erase(extents.begin());
    to = extents.empty() ? batch_size()
                         : writer_
                               .add("Concat", node.label.layer, {batch_size(), writer_.integers(name, extents)})
                               .with("axis", std::int64_t{0})
                               .result();
  } else {
    // One in ONNX is what the operand has: the batch.
    if (node.shape.has_batch()) extents[0] = 1;
    to = writer_.integers(name, extents);
  }
  value(i).plain = writer_.add("Expand", node.label.layer, {plain(node.inputs[0]), to}).result();
}

void OnnxExporter::write_sum(int i) {
  const Node& node = graph_[i];
  const Shape &from = operand(node, 0).shape, &to = node.shape;
  Extents axes;
  for (int axis = 0; axis < from.rank; ++axis) {
    const int own = axis - (from.rank - to.rank);
    if (own < 0 || (to.dim[own] == 1 && from.dim[axis] != 1)) axes.push_back(axis);
  }
  std::string result = plain(node.inputs[0]);
  if (!axes.empty()) {
    const std::string list = writer_.integers(fmt::format("{}.axes", node.label.layer), axes);
    result = writer_.add("ReduceSum", node.label.layer, {result, list}).with("keepdims", std::int64_t{1}).result();
  }
  if (from.rank != to.rank) {
    const std::string shape = writer_.integers(fmt::format("{}.shape", node.label.layer), extents_of(to));
    result = writer_.add("Reshape", node.label.layer, {result, shape}).result();
  }
  value(i).plain = result;
}

void OnnxExporter::write_sinks() {
  for (const Op op : {Op::output, Op::side_output})
    for (const Node& node : graph_) {
      if (node.op != op) continue;
      std::string from = plain(node.inputs[0]);
      const std::string name = writer_.take(node.label.layer);
      if (!writer_.rename(from, name)) {
        from = writer_.add("Identity", "", {from}).result();
        writer_.rename(from, name);
      }
      for (Value& value : values_)
        for (std::string* known_as : {&value.plain, &value.channels_first})
          if (*known_as == from) *known_as = name;
      writer_.describe(*to_.add_output(), name, extents_of(node.shape));
    }
}

std::string OnnxExporter::constant_name(int i) const {
  const Node& node = graph_[i];
  if (node.op == Op::parameter) return node_name(node);
  const std::string_view layer = node.label.layer;
  return fmt::format("{}{}{}", layer, layer.empty() ? "" : ".", name_of(node));
}

std::string OnnxExporter::plain(int i) {
  Value& self = value(i);
  if (!self.plain.empty()) return self.plain;
  const Node& node = graph_[i];
  if (is_known(i)) self.plain = writer_.floats(constant_name(i), extents_of(node.shape), known_[i]);
  else
    self.plain = writer_.add("Transpose", node.label.layer, {self.channels_first})
                     .with("perm", Extents{0, 2, 3, 1})
                     .result();
  return self.plain;
}

std::string OnnxExporter::batch_size() {
  if (!batch_size_.empty()) return batch_size_;
  const std::string shape = writer_.add("Shape", "", {input_}).result();
  const std::string first = writer_.integers("batch.first", {0}), end = writer_.integers("batch.end", {1});
  return batch_size_ = writer_.add("Slice", "", {shape, first, end}).result();
}

int OnnxExporter::take_bias(int i) {
  const std::vector<int>& users = users_[static_cast<std::size_t>(i)];
  if (users.size() != 1 || graph_[users[0]].function != &ops::add) return -1;
  const Node& sum = graph_[users[0]];
  const int bias = sum.inputs[0] == i ? sum.inputs[1] : sum.inputs[0];
  const Shape &shape = graph_[i].shape, &row = graph_[bias].shape;
  if (!is_known(bias) || row.rank != 1 || row.dim[0] != shape.dim[shape.rank - 1] || !(sum.shape == shape)) return -1;
  same_as_[static_cast<std::size_t>(users[0])] = i;
  return bias;
}

}  // namespace isthmus::interchange
