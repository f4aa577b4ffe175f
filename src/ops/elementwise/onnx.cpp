#include "ops/onnx.hpp"

#include <isthmus/ops/table.hpp>

#include <fmt/format.h>

#include <algorithm>

#include "onnx/exporter.hpp"
#include "onnx_bias.hpp"

namespace isthmus::interchange {
namespace {

std::string apply_steps(OnnxWriter& writer, const FormulaSteps& steps, const std::vector<std::string>& operands,
                        float value, std::string_view layer);

/// The name of an elementwise operation's result, of operands of these names.
std::string apply(OnnxWriter& writer, const Elementwise& function, const std::vector<std::string>& operands,
                  float value, std::string_view layer) {
  const ElementwiseRow& row = function.row;
  if (row.onnx == nullptr)
    return apply_steps(writer, function.onnx_formula().count > 0 ? function.onnx_formula() : function.formula(),
                       operands, value, layer);
  const auto cast = [&](const std::string& from, std::int64_t type) {
    return writer.add("Cast", layer, {from}).with("to", type).result();
  };
  std::vector<std::string> inputs = operands;
  if (row.onnx_logical == Logical::first_operand) inputs[0] = cast(inputs[0], onnx::TensorProto::BOOL);
  OnnxWriter::NewNode one = writer.add(row.onnx, layer, inputs);
  if (row.onnx_attribute != nullptr) one.with(row.onnx_attribute, value);
  const std::string result = one.result();
  return row.onnx_logical == Logical::result ? cast(result, onnx::TensorProto::FLOAT) : result;
}

std::string apply_steps(OnnxWriter& writer, const FormulaSteps& steps, const std::vector<std::string>& operands,
                        float value, std::string_view layer) {
  std::vector<std::string> known(operands);
  known.resize(static_cast<std::size_t>(steps.count));
  const auto number = [&](float x) { return writer.floats(fmt::format("{}.{}", layer, x), {}, {&x, 1}); };
  for (std::size_t i = FormulaSteps::leaves; i < known.size(); ++i) {
    const FormulaStep& step = steps[static_cast<int>(i)];
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
    known[i] = apply(writer, *step.function, inputs, step.value, layer);
  }
  return known[static_cast<std::size_t>(steps.result)];
}

void write_elementwise(OnnxExporter& to, int i) {
  const Node& node = to.graph()[i];
  std::vector<int> operands;
  for (int k = 0; k < 3 && node.inputs[k] >= 0; ++k) operands.push_back(node.inputs[k]);
  // Images stay in the order in which they are, so that there are transpositions at the ends of a row of layers
  // alone.
  const bool first = std::any_of(operands.begin(), operands.end(), [&](int k) {
    return to.graph()[k].shape.is_spatial() && to.value(k).plain.empty() && !to.value(k).channels_first.empty();
  });
  std::vector<std::string> names;
  for (const int k : operands) names.push_back(first ? to.beside_image(k, node.shape.rank - 2) : to.plain(k));

  OnnxWriter& writer = to.writer();
  std::string result = apply(writer, *node.function, names, node.value, node.label.layer);
  // An operand that is left to the gradient still gives the result its shape. An operator of ONNX reads all of its
  // operands.
  for (std::size_t k = 0; k < names.size(); ++k) {
    if (node.function->row.onnx != nullptr || is_read(*node.function, static_cast<int>(k)) ||
        to.graph()[operands[k]].shape == Shape{})
      continue;
    const std::string shape = writer.add("Shape", node.label.layer, {names[k]}).result();
    result = writer.add("Expand", node.label.layer, {result, shape}).result();
  }
  (first ? to.value(i).channels_first : to.value(i).plain) = result;
}

}  // namespace

int take_bias(OnnxExporter& to, int i) {
  const GraphView graph = to.graph();
  const int user = to.only_user(i);
  if (user < 0 || graph[user].function != &ops::add) return -1;
  const Node& sum = graph[user];
  const int bias = sum.inputs[0] == i ? sum.inputs[1] : sum.inputs[0];
  const Shape &shape = graph[i].shape, &row = graph[bias].shape;
  if (!to.is_known(bias) || row.rank != 1 || row.dim[0] != shape.dim[shape.rank - 1] || !(sum.shape == shape))
    return -1;
  to.fold(user, i);
  return bias;
}

const OnnxOperator onnx_elementwise{.has = any_node, .write = write_elementwise};

}  // namespace isthmus::interchange
