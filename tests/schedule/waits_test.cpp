// Waits are enough, and none too many.
#include <isthmus/schedule/rank.hpp>
#include <isthmus/schedule/waits.hpp>

#include "support/catch.hpp"
#include "support/task_graphs.hpp"

#include <stdexcept>

using namespace isthmus;
using namespace isthmus::testing;
using schedule::Execution;
using schedule::Schedule;
using schedule::TaskGraph;
using schedule::Wait;
using schedule::Waits;

namespace {

Schedule lists(std::vector<std::vector<int>> tasks, std::vector<int> phase = {}) {
  return {Execution::lists, {}, std::move(tasks), std::move(phase)};
}

std::vector<Wait> waits_of(const Waits& waits, int task) {
  const auto list = waits.of(task);
  return {list.begin(), list.end()};
}

/// Task a surely ends before task b starts, by waits and lists alone.
class Order {
 public:
  Order(const Schedule& schedule, const Waits& waits, int tasks)
      : reach_(static_cast<std::size_t>(tasks), std::vector<char>(static_cast<std::size_t>(tasks), 0)) {
    // In an order in which waits lead back only to tasks that came before.
    TaskGraph kept;
    kept.tasks.resize(static_cast<std::size_t>(tasks));
    Edges edges;
    for (const auto& list : schedule.lists)
      for (std::size_t i = 0; i < list.size(); ++i) {
        if (i > 0) edges.emplace_back(list[i - 1], list[i]);
        for (const Wait& wait : waits.of(list[i]))
          edges.emplace_back(
              schedule.lists[static_cast<std::size_t>(wait.list)][static_cast<std::size_t>(wait.tasks - 1)],
              list[i]);
      }
    link(kept, edges);
    for (const int t : schedule::topological_order(kept))
      for (const int s : kept.successors_of(t)) {
        reach_[static_cast<std::size_t>(s)][static_cast<std::size_t>(t)] = 1;
        for (std::size_t a = 0; a < reach_.size(); ++a)
          if (reach_[static_cast<std::size_t>(t)][a] != 0) reach_[static_cast<std::size_t>(s)][a] = 1;
      }
  }
  bool before(int a, int b) const { return reach_[static_cast<std::size_t>(b)][static_cast<std::size_t>(a)] != 0; }

 private:
  std::vector<std::vector<char>> reach_;
};

}  // namespace

TEST_CASE("a list waits for another one where an edge says so, and not for itself") {
  //   0 → 1 → 3,  0 → 2 → 3
  const TaskGraph diamond = graph_of({1, 1, 1, 1}, {{0, 1}, {0, 2}, {1, 3}, {2, 3}});
  const Waits waits = find_waits(diamond, lists({{0, 1, 3}, {2}}));
  CHECK(waits_of(waits, 0).empty());
  CHECK(waits_of(waits, 1).empty());
  CHECK(waits_of(waits, 2) == std::vector<Wait>{{0, 1}});
  CHECK(waits_of(waits, 3) == std::vector<Wait>{{1, 1}});
}

TEST_CASE("of several edges between two lists the last is enough, and what was waited for before is known") {
  const TaskGraph graph = graph_of({1, 1, 1, 1, 1}, {{0, 3}, {1, 3}, {0, 4}, {1, 4}});
  const Waits waits = find_waits(graph, lists({{0, 1, 2}, {3, 4}}));
  CHECK(waits_of(waits, 3) == std::vector<Wait>{{0, 2}});
  CHECK(waits_of(waits, 4).empty());
}

TEST_CASE("what another list has waited for is known as well") {
  // 0 → 1 → 2 and 0 → 2, each on a list of its own.
  const TaskGraph graph = graph_of({1, 1, 1}, {{0, 1}, {1, 2}, {0, 2}});
  const Waits waits = find_waits(graph, lists({{0}, {1}, {2}}));
  CHECK(waits_of(waits, 2) == std::vector<Wait>{{1, 1}});
}

TEST_CASE("a barrier waits for all other lists, once") {
  const TaskGraph graph = graph_of({1, 1, 1, 1, 1, 1}, {});
  const Waits waits = find_waits(graph, lists({{0, 1, 2}, {3, 4, 5}}, {0, 1, 1, 0, 0, 1}));
  CHECK(waits_of(waits, 1) == std::vector<Wait>{{1, 2}});
  CHECK(waits_of(waits, 2).empty());
  CHECK(waits_of(waits, 5) == std::vector<Wait>{{0, 1}});
}

TEST_CASE("waits keep every edge and every barrier, and each of them is needed") {
  for_each_task_graph([](const TaskGraph& graph) {
    const std::vector<int> order = schedule::topological_order(graph);
    Draw draw(7 + static_cast<std::uint32_t>(graph.size()));
    for (const int workers : {1, 2, 4})
      for (const bool barriers : {false, true}) {
        Schedule dealt = lists(std::vector<std::vector<int>>(static_cast<std::size_t>(workers)));
        dealt.phase.assign(barriers ? order.size() : 0, 0);
        for (std::size_t i = 0; i < order.size(); ++i) {
          dealt.lists[static_cast<std::size_t>(draw(workers))].push_back(order[i]);
          if (barriers) dealt.phase[static_cast<std::size_t>(order[i])] = static_cast<int>(i) / 4;
        }
        Waits waits = find_waits(graph, dealt);
        const Order kept(dealt, waits, graph.size());
        std::vector<std::pair<int, int>> wanted = edges_of(graph);
        for (int a = 0; barriers && a < graph.size(); ++a)
          for (int b = 0; b < graph.size(); ++b)
            if (dealt.phase[static_cast<std::size_t>(a)] < dealt.phase[static_cast<std::size_t>(b)])
              wanted.emplace_back(a, b);
        const auto broken = [&](const Order& given) {
          return std::any_of(wanted.begin(), wanted.end(),
                             [&](auto e) { return !given.before(e.first, e.second); });
        };
        CHECK_FALSE(broken(kept));
        for (std::size_t w = 0; w < waits.waits.size(); w += 5) {
          Waits fewer = waits;
          fewer.waits.erase(fewer.waits.begin() + static_cast<std::ptrdiff_t>(w));
          for (int& first : fewer.first) first -= first > static_cast<int>(w) ? 1 : 0;
          CHECK(broken(Order(dealt, fewer, graph.size())));
        }
        if (workers == 1) CHECK(waits.waits.empty());
      }
  });
}

TEST_CASE("lists that do not fit the graph have no waits") {
  CHECK_THROWS_AS(find_waits(chain(3), lists({{0, 2}})), std::invalid_argument);
}
