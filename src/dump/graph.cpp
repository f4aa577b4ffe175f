#include <isthmus/dump.hpp>

#include <algorithm>

#include "dump/format.hpp"

namespace isthmus {
namespace {

bool is_marked(std::span<const int> marked, int node) {
  return std::find(marked.begin(), marked.end(), node) != marked.end();
}

/// What a node has beside operands: slopes, initial values, transposes.
std::string details(const Node& node) {
  std::string text;
  switch (node.op) {
    case Op::elementwise:
      return node.function->row.has_value ? fmt::format("{}", node.value) : "";
    case Op::host_scalar:
      return static_cast<HostScalar>(node.attribute) == HostScalar::learning_rate
                 ? fmt::format("{}", node.value)
                 : "";
    case Op::parameter: {
      const auto initializer = static_cast<Initializer>(node.attribute);
      text = name_of(initializer);
      if (initializer == Initializer::constant) text += fmt::format(" {}", node.value);
      if (!node.trained) text += ", not trained";
      return text;
    }
    case Op::random:
      return fmt::format("{}{}", name_of(static_cast<Distribution>(node.attribute)), node.fixed ? ", fixed" : "");
    case Op::all_reduce:
      return fmt::format("bucket {}", node.attribute);
    case Op::by_mode:
      return std::string(name_of(static_cast<Mode>(node.attribute)));
    case Op::resample:
      return fmt::format("{}{}, {}", name_of(static_cast<Resampling>(node.attribute)),
                         node.transpose_a ? " transposed" : "", window_text(node));
    case Op::conv2d:
    case Op::conv2d_transpose:
    case Op::conv2d_weights:
    case Op::max_pool:
    case Op::max_unpool:
    case Op::max_gather:
      return window_text(node);
    case Op::matmul:
      if (node.transpose_a) text = "first transposed";
      if (node.transpose_b) text += text.empty() ? "second transposed" : ", second transposed";
      return text;
    default:
      return "";
  }
}

std::string operands(const Node& node) {
  std::string text;
  for (const int input : node.inputs) {
    if (input < 0) continue;
    if (!text.empty()) text += ' ';
    text += fmt::format("%{}", input);
  }
  return text;
}

std::string graph_text(GraphView graph, const std::string& title, std::span<const int> marked) {
  std::string text =
      fmt::format("{}: {} nodes, {} parameters\n", title, graph.size, grouped(parameter_count(graph)));
  std::vector<std::vector<std::string>> rows;
  for (int i = 0; i < graph.size; ++i) {
    const Node& node = graph[i];
    rows.push_back({fmt::format("{}%{}", is_marked(marked, i) ? "* " : "  ", i),
                    std::string(name_of(node)), operands(node), to_text(node.shape), node_name(node),
                    details(node)});
  }
  return text + table(rows);
}

const char* dot_style(Op op) {
  if (op == Op::parameter || op == Op::state) return ", shape=cylinder";
  if (op == Op::constant || op == Op::one_hot || op == Op::host_scalar) return ", shape=plaintext";
  if (op == Op::bottleneck) return ", shape=hexagon, style=filled, fillcolor=\"#ffe08a\"";
  if (is_leaf(op) || is_sink(op)) return ", shape=ellipse";
  return "";
}

std::string graph_dot(GraphView graph, const std::string& title, std::span<const int> marked) {
  std::string text =
      fmt::format("digraph {} {{\n  node [shape=box, fontname=\"sans\"];\n", dot_quoted(title));
  for (int i = 0; i < graph.size; ++i) {
    const Node& node = graph[i];
    std::string label = node_name(node);
    if (node.op != Op::constant && node.op != Op::host_scalar)
      label += fmt::format("\n{}\n{}", name_of(node), to_text(node.shape));
    text += fmt::format("  n{} [label={}{}{}];\n", i, dot_quoted(label), dot_style(node.op),
                        is_marked(marked, i) ? ", color=red, penwidth=3" : "");
  }
  for (int i = 0; i < graph.size; ++i)
    for (const int input : graph[i].inputs)
      if (input >= 0) text += fmt::format("  n{} -> n{};\n", input, i);
  return text + "}\n";
}

boost::json::object node_json(const Node& node, int i, bool marked) {
  boost::json::object object{{"id", i}, {"op", name_of(node)}, {"name", node_name(node)}};
  object["shape"] = json_shape(node.shape);
  boost::json::array inputs;
  for (const int input : node.inputs)
    if (input >= 0) inputs.emplace_back(input);
  object["inputs"] = std::move(inputs);
  switch (node.op) {
    case Op::constant:
    case Op::one_hot:
      object["value"] = json_number(static_cast<double>(node.value));
      break;
    case Op::elementwise:
      if (node.function->row.has_value) object["value"] = json_number(static_cast<double>(node.value));
      break;
    case Op::host_scalar:
      if (static_cast<HostScalar>(node.attribute) == HostScalar::learning_rate)
        object["value"] = json_number(static_cast<double>(node.value));
      break;
    case Op::parameter:
      object["initializer"] = name_of(static_cast<Initializer>(node.attribute));
      if (static_cast<Initializer>(node.attribute) == Initializer::constant)
        object["value"] = json_number(static_cast<double>(node.value));
      break;
    case Op::random:
      object["distribution"] = name_of(static_cast<Distribution>(node.attribute));
      object["fixed"] = node.fixed;
      break;
    case Op::all_reduce:
      object["bucket"] = node.attribute;
      break;
    case Op::by_mode:
      object["mode"] = name_of(static_cast<Mode>(node.attribute));
      break;
    case Op::resample:
      object["map"] = name_of(static_cast<Resampling>(node.attribute));
      object["transposed"] = node.transpose_a;
      object["window"] = window_text(node);
      break;
    case Op::conv2d:
    case Op::conv2d_transpose:
    case Op::conv2d_weights:
    case Op::max_pool:
    case Op::max_unpool:
    case Op::max_gather:
      object["window"] = window_text(node);
      break;
    case Op::matmul:
      object["transpose_a"] = node.transpose_a;
      object["transpose_b"] = node.transpose_b;
      break;
    default:
      break;
  }
  if (marked) object["marked"] = true;
  return object;
}

std::string graph_json(GraphView graph, const std::string& title, std::span<const int> marked) {
  boost::json::array nodes;
  for (int i = 0; i < graph.size; ++i) nodes.push_back(node_json(graph[i], i, is_marked(marked, i)));
  return json_line({{"title", title}, {"parameters", parameter_count(graph)}, {"nodes", std::move(nodes)}});
}

}  // namespace

std::string dump(GraphView graph, DumpFormat format, const std::string& title, std::span<const int> marked) {
  switch (format) {
    case DumpFormat::dot:
      return graph_dot(graph, title, marked);
    case DumpFormat::json:
      return graph_json(graph, title, marked);
    default:
      return graph_text(graph, title, marked);
  }
}

}  // namespace isthmus
