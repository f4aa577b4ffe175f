#include <isthmus/schedule/rank.hpp>

#include <boost/graph/adjacency_list.hpp>
#include <boost/graph/topological_sort.hpp>

#include <algorithm>
#include <numeric>
#include <stdexcept>

namespace isthmus::schedule {
namespace {

using Dag = boost::adjacency_list<boost::vecS, boost::vecS, boost::directedS>;

Dag to_boost(const TaskGraph& graph) {
  Dag dag(graph.tasks.size());
  for (std::size_t t = 0; t < graph.tasks.size(); ++t)
    for (int s = graph.first_successor[t]; s < graph.first_successor[t + 1]; ++s)
      boost::add_edge(t, static_cast<std::size_t>(graph.successors[static_cast<std::size_t>(s)]), dag);
  return dag;
}

}  // namespace

std::vector<double> upward_ranks(const TaskGraph& graph) {
  std::vector<std::size_t> last_first;
  last_first.reserve(graph.tasks.size());
  const Dag dag = to_boost(graph);
  try {
    boost::topological_sort(dag, std::back_inserter(last_first));
  } catch (const boost::not_a_dag&) {
    throw std::invalid_argument("task graph: expected no cycle");
  }
  std::vector<double> rank(graph.tasks.size(), 0.0);
  for (const std::size_t t : last_first) {
    double longest = 0;
    for (int s = graph.first_successor[t]; s < graph.first_successor[t + 1]; ++s)
      longest = std::max(longest, rank[static_cast<std::size_t>(graph.successors[static_cast<std::size_t>(s)])]);
    // Even a join is a step further from the end, so that ranks fall strictly along every edge.
    rank[t] = longest + std::max(graph.tasks[t].cost, 1.0);
  }
  return rank;
}

TaskGraph sort_by_urgency(const TaskGraph& graph) {
  const std::vector<double> rank = upward_ranks(graph);
  std::vector<int> order(graph.tasks.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(), [&](int a, int b) {
    return rank[static_cast<std::size_t>(a)] > rank[static_cast<std::size_t>(b)];
  });
  std::vector<int> place(order.size());
  TaskGraph sorted;
  for (std::size_t i = 0; i < order.size(); ++i) {
    place[static_cast<std::size_t>(order[i])] = static_cast<int>(i);
    sorted.tasks.push_back(graph.tasks[static_cast<std::size_t>(order[i])]);
  }
  std::vector<std::pair<int, int>> edges;
  for (std::size_t t = 0; t < graph.tasks.size(); ++t)
    for (int s = graph.first_successor[t]; s < graph.first_successor[t + 1]; ++s)
      edges.push_back({place[t], place[static_cast<std::size_t>(graph.successors[static_cast<std::size_t>(s)])]});
  link(sorted, std::move(edges));
  return sorted;
}

double critical_path(const TaskGraph& graph) {
  const std::vector<double> rank = upward_ranks(graph);
  return rank.empty() ? 0.0 : *std::max_element(rank.begin(), rank.end());
}

}  // namespace isthmus::schedule
