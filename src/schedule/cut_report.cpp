#include <isthmus/error.hpp>
#include <isthmus/schedule/cut_report.hpp>
#include <isthmus/schedule/dominators.hpp>

#include "schedule/index.hpp"

#include <boost/graph/adjacency_list.hpp>
#include <boost/graph/boykov_kolmogorov_max_flow.hpp>

#include <algorithm>
#include <limits>
#include <string>
#include <utility>

namespace isthmus::schedule {
namespace {

using Traits = boost::adjacency_list_traits<boost::vecS, boost::vecS, boost::bidirectionalS>;
using Capacity = std::int64_t;
using FlowGraph = boost::adjacency_list<
    boost::vecS, boost::vecS, boost::bidirectionalS, boost::no_property,
    boost::property<boost::edge_capacity_t, Capacity,
                    boost::property<boost::edge_residual_capacity_t, Capacity,
                                    boost::property<boost::edge_reverse_t, Traits::edge_descriptor>>>>;

struct Ends {
  std::vector<int> data;  ///< the inputs whose values have to go through the bottlenecks
  std::vector<int> bottlenecks;
  int output;
};

Ends find_ends(GraphView graph) {
  Ends ends{{}, {}, find_first(graph, is_output)};
  append_inputs(ends.data, graph, PortKind::data);
  for (int i = 0; i < graph.size; ++i)
    if (is_bottleneck(graph[i])) ends.bottlenecks.push_back(i);
  const auto outputs = std::count_if(graph.begin(), graph.end(), is_output);
  if (outputs != 1) throw ShapeError("graph: expected one output, found " + std::to_string(outputs));
  if (ends.bottlenecks.empty()) throw ShapeError("graph: expected a bottleneck, found none");
  if (ends.data.empty()) throw ShapeError("graph: expected an input of data, found none");
  return ends;
}

/// The operands that carry the sample, each once: x * x has one edge from x.
std::vector<int> ways_into(GraphView graph, const std::vector<char>& reached, int i) {
  std::vector<int> from;
  for (const int operand : graph[i].inputs)
    if (operand >= 0 && reached[index(operand)] != 0 && std::find(from.begin(), from.end(), operand) == from.end())
      from.push_back(operand);
  return from;
}

/// Each node is an edge from its entry (2 i) to its exit (2 i + 1); the edges between nodes have unlimited
/// capacity, and so has every reverse edge: so a path crosses the cut only once. A declared bottleneck has none
/// behind it, as the encoder may make another code from its value.
class NarrowestCut {
 public:
  NarrowestCut(GraphView graph, const Ends& ends, const std::vector<char>& reached)
      : graph_(graph), ends_(ends), reached_(reached), flow_(2 * index(graph.size) + 1) {
    for (int i = 0; i < graph.size; ++i) {
      if (reached[index(i)] == 0) continue;
      // The output only forwards its operand, so its operand is cut instead.
      add(2 * index(i), 2 * index(i) + 1, i == ends.output ? unlimited : capacity(i), unlimited);
      for (const int from : ways_into(graph, reached, i))
        add(2 * index(from) + 1, 2 * index(i), unlimited, is_bottleneck(graph[from]) ? 0 : unlimited);
    }
    for (const int input : ends.data) add(source(), 2 * index(input), unlimited, unlimited);
  }

  std::vector<int> find() {
    boost::boykov_kolmogorov_max_flow(flow_, get(boost::edge_capacity, flow_),
                                      get(boost::edge_residual_capacity, flow_), get(boost::edge_reverse, flow_),
                                      get(boost::vertex_index, flow_), source(), 2 * index(ends_.output) + 1);
    const std::vector<char> before = source_side();
    std::vector<int> cut;
    for (int i = 0; i < graph_.size; ++i)
      if (reached_[index(i)] != 0 && before[2 * index(i)] != 0 && before[2 * index(i) + 1] == 0) cut.push_back(i);
    return cut;
  }

 private:
  /// A vertex before all inputs.
  std::size_t source() const { return 2 * index(graph_.size); }

  static constexpr Capacity unlimited = std::numeric_limits<Capacity>::max() / 4;

  // Bytes first; among equals the bottlenecks, then fewer nodes.
  Capacity capacity(int i) const {
    return bytes_per_sample(graph_[i]) * (graph_.size + 1) + (is_bottleneck(graph_[i]) ? 0 : 1);
  }

  void add(std::size_t from, std::size_t to, Capacity forward, Capacity backward) {
    const auto capacities = get(boost::edge_capacity, flow_);
    const auto reverses = get(boost::edge_reverse, flow_);
    const auto there = boost::add_edge(from, to, flow_).first;
    const auto back = boost::add_edge(to, from, flow_).first;
    capacities[there] = forward;
    capacities[back] = backward;
    reverses[there] = back;
    reverses[back] = there;
  }

  /// The nodes that are reachable from the source in the residual graph.
  std::vector<char> source_side() const {
    const auto residual = get(boost::edge_residual_capacity, flow_);
    std::vector<char> seen(num_vertices(flow_), char{0});
    std::vector<std::size_t> open{source()};
    seen[open.front()] = 1;
    while (!open.empty()) {
      const std::size_t at = open.back();
      open.pop_back();
      for (const auto edge : boost::make_iterator_range(out_edges(at, flow_))) {
        const std::size_t to = target(edge, flow_);
        if (residual[edge] <= 0 || seen[to] != 0) continue;
        seen[to] = 1;
        open.push_back(to);
      }
    }
    return seen;
  }

  GraphView graph_;
  Ends ends_;
  const std::vector<char>& reached_;
  FlowGraph flow_;
};

std::vector<int> find_dominators(GraphView graph, const Ends& ends, const std::vector<char>& reached) {
  std::vector<std::pair<int, int>> ways;
  for (int i = 0; i < graph.size; ++i)
    if (reached[index(i)] != 0)
      for (const int from : ways_into(graph, reached, i)) ways.emplace_back(from, i);
  const int entry = graph.size;  // Before all inputs.
  for (const int input : ends.data) ways.emplace_back(entry, input);
  std::vector<int> dominators = dominators_of(immediate_dominators(graph.size + 1, ways, entry), ends.output);
  std::erase(dominators, entry);
  return dominators;
}

}  // namespace

std::int64_t bytes_per_sample(const Node& node) {
  return node.shape.elements_per_sample() * static_cast<std::int64_t>(sizeof(float));
}

CutReport report_cut(GraphView declared) {
  const Ends ends = find_ends(declared);
  // No path of a sample goes through parameters and conditions, and nodes made of them alone.
  const std::vector<char> reached = depending_on(declared, is_data_port);
  if (reached[index(ends.output)] == 0) throw ShapeError("graph: expected an output that depends on the data");
  CutReport report;
  report.cut = NarrowestCut(declared, ends, reached).find();
  for (const int node : report.cut) report.bytes += bytes_per_sample(declared[node]);
  report.dominators = find_dominators(declared, ends, reached);
  append_inputs(report.conditions, declared, PortKind::condition);
  report.bottlenecks = ends.bottlenecks;
  for (const int bottleneck : ends.bottlenecks) report.bottleneck_bytes += bytes_per_sample(declared[bottleneck]);
  report.bottleneck_is_narrowest = report.cut == ends.bottlenecks;
  return report;
}

}  // namespace isthmus::schedule
