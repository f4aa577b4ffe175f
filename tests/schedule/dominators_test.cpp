// Dominators beside their definition, and the traps of the library that finds them.
#include <isthmus/schedule/dominators.hpp>

#include "support/catch.hpp"
#include "support/task_graphs.hpp"

using namespace isthmus;
using namespace isthmus::testing;
using schedule::dominators_of;
using schedule::immediate_dominators;

namespace {

/// The nodes that are reached from the entry by paths that avoid a node.
std::vector<char> reached_without(int count, const Edges& edges, int entry, int avoided) {
  std::vector<char> seen(static_cast<std::size_t>(count), 0);
  std::vector<int> open;
  if (entry != avoided) open.push_back(entry), seen[static_cast<std::size_t>(entry)] = 1;
  while (!open.empty()) {
    const int at = open.back();
    open.pop_back();
    for (const auto& [from, to] : edges)
      if (from == at && to != avoided && seen[static_cast<std::size_t>(to)]++ == 0) open.push_back(to);
  }
  return seen;
}

}  // namespace

TEST_CASE("every way passes the dominators, and these alone") {
  // 0 → 1 → 3 → 4 and 0 → 2 → 3
  const Edges edges{{0, 1}, {0, 2}, {1, 3}, {2, 3}, {3, 4}};
  const std::vector<int> immediate = immediate_dominators(5, edges, 0);
  CHECK(immediate == std::vector<int>{-1, 0, 0, 0, 3});
  CHECK(dominators_of(immediate, 4) == std::vector<int>{0, 3, 4});
}

TEST_CASE("nodes that are not reached do not pass for the entry") {
  // Parameters are not reached from the input: 1 → 2 and 3 → 2 are ways of theirs alone. With the numbers of their
  // visits started at 0, as the library's short overload does it, 2 would get no dominator at all.
  const Edges edges{{0, 4}, {4, 2}, {1, 2}, {3, 2}, {2, 5}};
  const std::vector<int> immediate = immediate_dominators(6, edges, 0);
  CHECK(immediate == std::vector<int>{-1, -1, 4, -1, 0, 2});
  CHECK(dominators_of(immediate, 5) == std::vector<int>{0, 4, 2, 5});
  CHECK(dominators_of(immediate, 1) == std::vector<int>{1});
}

TEST_CASE("directions count: what a way could only pass backwards is no way around") {
  // Without directions 0 → 1 → 2 could go round by 3, and nothing would be an articulation point.
  const Edges edges{{0, 1}, {1, 2}, {3, 0}, {3, 2}};
  CHECK(dominators_of(immediate_dominators(4, edges, 0), 2) == std::vector<int>{0, 1, 2});
}

TEST_CASE("parallel edges and loops change nothing") {
  const Edges edges{{0, 1}, {0, 1}, {1, 1}, {1, 2}, {1, 2}, {2, 1}};
  CHECK(immediate_dominators(3, edges, 0) == std::vector<int>{-1, 0, 1});
}

TEST_CASE("dominators are what cannot be avoided") {
  for (std::uint32_t seed = 0; seed < 60; ++seed) {
    Draw draw(seed);
    const int count = 2 + draw(14);
    // Cycles, several components, and an entry in the midst of them.
    Edges edges;
    for (int e = draw(3 * count); e > 0; --e) edges.emplace_back(draw(count), draw(count));
    const int entry = draw(count);
    const std::vector<int> immediate = immediate_dominators(count, edges, entry);
    const std::vector<char> reached = reached_without(count, edges, entry, -1);
    for (int node = 0; node < count; ++node) {
      const std::vector<int> chain = dominators_of(immediate, node);
      if (reached[static_cast<std::size_t>(node)] == 0) {
        CHECK(chain == std::vector<int>{node});
        continue;
      }
      for (int other = 0; other < count; ++other) {
        const bool dominates =
            other == node || reached_without(count, edges, entry, other)[static_cast<std::size_t>(node)] == 0;
        INFO("seed " << seed << ", node " << node << ", other " << other);
        CHECK((std::find(chain.begin(), chain.end(), other) != chain.end()) ==
              (dominates && reached[static_cast<std::size_t>(other)] != 0));
      }
    }
  }
}
