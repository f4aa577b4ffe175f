#include <isthmus/schedule/rank.hpp>
#include <isthmus/schedule/schedule.hpp>

#include "schedule/index.hpp"

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
  for (int t = 0; t < graph.size(); ++t)
    for (const int s : graph.successors_of(t)) boost::add_edge(index(t), index(s), dag);
  return dag;
}

}  // namespace

std::vector<int> topological_order(const TaskGraph& graph) {
  // Boost.Graph gives the reverse order: tasks without successors come first.
  const Dag dag = to_boost(graph);
  std::vector<int> order;
  order.reserve(graph.tasks.size());
  try {
    boost::topological_sort(dag, std::back_inserter(order));
  } catch (const boost::not_a_dag&) {
    throw std::invalid_argument("task graph: expected no cycle");
  }
  std::reverse(order.begin(), order.end());
  return order;
}

std::vector<double> upward_ranks(const TaskGraph& graph, std::span<const double> costs) {
  const std::vector<int> order = topological_order(graph);
  std::vector<double> rank(costs.begin(), costs.end());
  for (auto t = order.rbegin(); t != order.rend(); ++t) {
    double longest = 0;
    for (const int s : graph.successors_of(*t)) longest = std::max(longest, rank[index(s)]);
    rank[index(*t)] += longest;
  }
  return rank;
}

std::vector<double> upward_ranks(const TaskGraph& graph) {
  // Even a join has a positive cost here, so that ranks strictly decrease along every edge.
  std::vector<double> costs;
  for (const Task& task : graph.tasks) costs.push_back(std::max(task.cost, 1.0));
  return upward_ranks(graph, costs);
}

std::vector<int> order_of_urgency(const TaskGraph& graph, std::span<const double> costs) {
  return sequential_order(graph, {Execution::dynamic, upward_ranks(graph, costs), {}, {}});
}

std::vector<int> longest_path(const TaskGraph& graph, std::span<const double> costs) {
  const std::vector<int> order = order_of_urgency(graph, costs);
  const std::vector<double> rank = upward_ranks(graph, costs);
  std::vector<int> path;
  if (!order.empty()) path.push_back(order.front());
  while (!path.empty() && !graph.successors_of(path.back()).empty()) {
    const auto next = graph.successors_of(path.back());
    path.push_back(*std::max_element(next.begin(), next.end(),
                                     [&](int a, int b) { return rank[index(a)] < rank[index(b)]; }));
  }
  return path;
}

TaskGraph sort_by_urgency(const TaskGraph& graph) {
  const std::vector<double> rank = upward_ranks(graph);
  std::vector<int> order(graph.tasks.size());
  std::iota(order.begin(), order.end(), 0);
  // Ties by number, as std::stable_sort would have them: its code is several kilobytes of every program.
  std::sort(order.begin(), order.end(), [&](int a, int b) {
    return rank[index(a)] > rank[index(b)] || (rank[index(a)] == rank[index(b)] && a < b);
  });
  return renumber(graph, order);
}

double critical_path(const TaskGraph& graph) {
  const std::vector<double> rank = upward_ranks(graph);
  return rank.empty() ? 0.0 : *std::max_element(rank.begin(), rank.end());
}

}  // namespace isthmus::schedule
