// Recurrences as ONNX's LSTM and GRU. Those have the steps first, their weights transposed, and gates in an order
// of their own.
#include <isthmus/error.hpp>
#include <isthmus/ops/table.hpp>

#include <fmt/format.h>

#include <algorithm>

#include "onnx_product.hpp"
#include "ops/elementwise/onnx_bias.hpp"
#include "ops/onnx.hpp"

namespace isthmus::interchange {
namespace {

/// Our gates in ONNX's order: i, o, f, c, and z, r, h.
std::vector<int> gates_of(RecurrentCell cell) {
  return cell == RecurrentCell::lstm ? std::vector{0, 3, 1, 2} : std::vector{0, 1, 2};
}

/// Columns of gates, [rows, gates · units], as ONNX has them: [gates · units, rows].
std::vector<float> as_onnx(std::span<const float> values, const std::vector<int>& gates, int units) {
  const std::size_t width = gates.size() * static_cast<std::size_t>(units), rows = values.size() / width;
  std::vector<float> turned;
  turned.reserve(values.size());
  for (const int gate : gates)
    for (int u = 0; u < units; ++u)
      for (std::size_t r = 0; r < rows; ++r)
        turned.push_back(values[r * width + static_cast<std::size_t>(gate * units + u)]);
  return turned;
}

std::vector<float> identity(int size) {
  std::vector<float> ones(static_cast<std::size_t>(size) * static_cast<std::size_t>(size));
  for (std::size_t i = 0; i < static_cast<std::size_t>(size); ++i)
    ones[i * static_cast<std::size_t>(size + 1)] = 1;
  return ones;
}

void write_recurrence(OnnxExporter& to, int i) {
  const GraphView graph = to.graph();
  const Node& node = graph[i];
  const std::string layer = node.label.layer;
  const auto cell = node.attribute.as<RecurrentCell>();
  const std::vector<int> gates = gates_of(cell);
  const int units = node.shape.columns(), columns = static_cast<int>(gates.size()) * units;
  const std::span<const float> recurrent = to.known(node.inputs[1]);
  if (recurrent.empty())
    throw Error(fmt::format("ONNX: expected recurrent weights that are a parameter, found others in '{}'", layer));
  // The input, its weights and its bias: those of the product that was left to this node, if there is one.
  int product = node.inputs[0], bias = -1;
  std::vector<float> weights, biases(static_cast<std::size_t>(2 * columns));
  if (to.value(product).plain.empty()) {
    if (graph[product].op != Op::matmul) {
      const bool first = graph[graph[product].inputs[0]].op == Op::matmul;
      bias = graph[product].inputs[first ? 1 : 0];
      product = graph[product].inputs[first ? 0 : 1];
    }
    weights = as_onnx(to.known(graph[product].inputs[1]), gates, units);
    product = graph[product].inputs[0];
  } else {
    weights = as_onnx(identity(columns), gates, units);
  }
  const auto put_bias = [&](int from, int half) {
    if (from < 0) return;
    const std::vector<float> values = as_onnx(to.known(from), gates, units);
    std::copy(values.begin(), values.end(), biases.begin() + half * columns);
  };
  put_bias(bias, 0);
  put_bias(node.inputs[2], 1);

  OnnxWriter& writer = to.writer();
  const auto constant = [&](const char* name, const Extents& extents, std::span<const float> values) {
    return writer.floats(fmt::format("{}.{}", layer, name), extents, values);
  };
  const std::int64_t inputs = graph[product].shape.columns();
  const std::string steps_first =
      writer.add("Transpose", layer, {to.plain(product)}).with("perm", Extents{1, 0, 2}).result();
  const char* const type = cell == RecurrentCell::lstm ? "LSTM" : "GRU";
  OnnxWriter::NewNode one = writer.add(type, layer,
                                       {steps_first, constant("W", {1, columns, inputs}, weights),
                                        constant("R", {1, columns, units}, as_onnx(recurrent, gates, units)),
                                        constant("B", {1, 2 * columns}, biases)});
  one.with("hidden_size", std::int64_t{units}).with("direction", node.reversed ? "reverse" : "forward");
  if (cell == RecurrentCell::gru) one.with("linear_before_reset", std::int64_t{1});
  // [steps, directions, batch, units] → [batch, steps, units]: of a trace the states are all that is read.
  const std::string batch_first =
      writer.add("Transpose", layer, {one.result()}).with("perm", Extents{2, 0, 1, 3}).result();
  const Extents extents{batch, graph[node.inputs[0]].shape.dim[1], units};
  const std::string shape = writer.integers(fmt::format("{}.states", layer), extents);
  to.value(i).plain = writer.add("Reshape", layer, {batch_first, shape}).result();
}

}  // namespace

bool is_left_to_recurrence(OnnxExporter& to, int i) {
  const GraphView graph = to.graph();
  const int user = to.only_user(i);
  if (user < 0 || graph[i].transpose_a || graph[i].transpose_b || !to.is_known(graph[i].inputs[1])) return false;
  const bool has_bias = graph[user].function == &ops::add;
  const int projections = has_bias ? user : i, reader = has_bias ? to.only_user(user) : user;
  if (reader < 0 || graph[reader].op != Op::recurrence || graph[reader].inputs[0] != projections) return false;
  return !has_bias || take_bias(to, i) >= 0;
}

const OnnxOperator onnx_recurrence{.has = any_node, .write = write_recurrence};

}  // namespace isthmus::interchange
