#include <isthmus/dump.hpp>

#include <algorithm>

#include "dump/format.hpp"
#include "dump/operation_text.hpp"

namespace isthmus {
namespace {

bool is_marked(std::span<const int> marked, int node) {
  return std::find(marked.begin(), marked.end(), node) != marked.end();
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
    rows.push_back({fmt::format("{}%{}", is_marked(marked, i) ? "* " : "  ", i), std::string(name_of(node)),
                    operands(node), to_text(node.shape), node_name(node), attributes_text(node)});
  }
  return text + table(rows);
}

std::string graph_dot(GraphView graph, const std::string& title, std::span<const int> marked) {
  std::string text = fmt::format("digraph {} {{\n  node [shape=box, fontname=\"sans\"];\n", dot_quoted(title));
  for (int i = 0; i < graph.size; ++i) {
    const Node& node = graph[i];
    const OperationText& operation = text_of(node.op);
    std::string label = node_name(node);
    if (!operation.is_drawn_by_name) label += fmt::format("\n{}\n{}", name_of(node), to_text(node.shape));
    text += fmt::format("  n{} [label={}{}{}{}];\n", i, dot_quoted(label), operation.drawn.empty() ? "" : ", ",
                        operation.drawn, is_marked(marked, i) ? ", color=red, penwidth=3" : "");
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
  for (const AttributeText& attribute : text_of(node.op).attributes(node))
    if (!attribute.key.empty()) object[attribute.key] = attribute.value;
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
    case DumpFormat::dot: return graph_dot(graph, title, marked);
    case DumpFormat::json: return graph_json(graph, title, marked);
    default: return graph_text(graph, title, marked);
  }
}

}  // namespace isthmus
