#include <isthmus/schedule/rank.hpp>
#include <isthmus/schedule/reduce.hpp>

#include "schedule/index.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <utility>

namespace isthmus::schedule {
namespace {

/// Reachability is computed for this number of tasks at a time: a cache line of bits.
constexpr int block_bits = 512;
using Bits = std::array<std::uint64_t, block_bits / 64>;

/// Marks the edges that are needed, of a graph whose numbers are a topological order. Which tasks of a block can
/// be reached is known from the end to the start. The successors of a task are in order: one that an earlier one
/// has reached is implied by it, and no later one can reach it.
std::vector<char> find_needed(const TaskGraph& graph) {
  std::vector<char> needed(graph.successors.size(), char{0});
  std::vector<Bits> reached(graph.tasks.size());
  for (int begin = 0; begin < graph.size(); begin += block_bits) {
    const int end = std::min(begin + block_bits, graph.size());
    for (int t = end - 1; t >= 0; --t) {
      Bits bits{};
      for (int e = graph.first_successor[index(t)]; e < graph.first_successor[index(t) + 1]; ++e) {
        const int s = graph.successors[index(e)];
        if (s >= end) break;
        if (s >= begin) {
          const auto word = index(s - begin) / 64;
          const std::uint64_t bit = std::uint64_t{1} << ((s - begin) % 64);
          if ((bits[word] & bit) != 0) continue;
          needed[index(e)] = 1;
          bits[word] |= bit;
        }
        for (std::size_t w = 0; w < bits.size(); ++w) bits[w] |= reached[index(s)][w];
      }
      reached[index(t)] = bits;
    }
  }
  return needed;
}

/// A join between tasks, with its edges in both directions.
struct Neighbours {
  std::vector<int> before, after;
};

void erase_from(std::vector<int>& list, int task) { list.erase(std::find(list.begin(), list.end(), task)); }

void add_to(std::vector<int>& list, int task) {
  if (std::find(list.begin(), list.end(), task) == list.end()) list.push_back(task);
}

TaskGraph collapse_joins(const TaskGraph& graph) {
  std::vector<Neighbours> neighbours(graph.tasks.size());
  for (int t = 0; t < graph.size(); ++t)
    for (const int s : graph.successors_of(t)) {
      neighbours[index(t)].after.push_back(s);
      neighbours[index(s)].before.push_back(t);
    }
  TaskGraph collapsed;
  std::vector<int> place(graph.tasks.size(), -1);
  for (int t = 0; t < graph.size(); ++t) {
    auto& [before, after] = neighbours[index(t)];
    if (graph.tasks[index(t)].group >= 0 || before.size() * after.size() > before.size() + after.size()) {
      place[index(t)] = collapsed.size();
      collapsed.tasks.push_back(graph.tasks[index(t)]);
      continue;
    }
    for (const int b : before) erase_from(neighbours[index(b)].after, t);
    for (const int a : after) erase_from(neighbours[index(a)].before, t);
    for (const int b : before)
      for (const int a : after) {
        add_to(neighbours[index(b)].after, a);
        add_to(neighbours[index(a)].before, b);
      }
  }
  std::vector<std::pair<int, int>> edges;
  for (int t = 0; t < graph.size(); ++t)
    if (place[index(t)] >= 0)
      for (const int a : neighbours[index(t)].after) edges.emplace_back(place[index(t)], place[index(a)]);
  link(collapsed, std::move(edges));
  return collapsed;
}

}  // namespace

TaskGraph reduce_edges(const TaskGraph& graph) {
  const std::vector<int> order = topological_order(graph);
  const TaskGraph sorted = renumber(graph, order);
  const std::vector<char> needed = find_needed(sorted);
  std::vector<std::pair<int, int>> edges;
  for (int t = 0; t < sorted.size(); ++t)
    for (int e = sorted.first_successor[index(t)]; e < sorted.first_successor[index(t) + 1]; ++e)
      if (needed[index(e)] != 0) edges.emplace_back(order[index(t)], order[index(sorted.successors[index(e)])]);
  TaskGraph reduced;
  reduced.tasks = graph.tasks;
  link(reduced, std::move(edges));
  return reduced;
}

TaskGraph reduce(const TaskGraph& graph) { return reduce_edges(collapse_joins(reduce_edges(graph))); }

}  // namespace isthmus::schedule
