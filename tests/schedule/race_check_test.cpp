// No program has a race; and the checker sees one where it was made on purpose.
#include <isthmus/schedule/race_check.hpp>
#include <isthmus/schedule/rank.hpp>

#include "schedule/programs.hpp"
#include "support/catch.hpp"
#include "support/random_graph.hpp"

using namespace isthmus;
using namespace isthmus::testing;
using schedule::find_race;
using schedule::TaskGraph;

TEST_CASE("no program of the zoo has a race, for any batch up to the largest") {
  for_each_plan([](const plan::PlanView& plan) {
    for (const int max_batch : batches) {
      const plan::MemoryPlan memory = plan::plan_memory(plan, max_batch);
      const TaskGraph graph = schedule::sort_by_urgency(schedule::make_task_graph(plan, memory, max_batch));
      for (const int samples : {max_batch, (max_batch + 1) / 2, 1}) {
        const auto race = find_race(plan, memory, graph, samples, max_batch);
        INFO("batch " << samples << " of " << max_batch);
        CHECK_FALSE(race.has_value());
      }
    }
  });
}

TEST_CASE("no random training step has a race") {
  for (std::uint32_t seed = 600; seed < 700; ++seed) {
    const Builder b = RandomGraph(seed).write(5 + static_cast<int>(seed % 60), seed % 3 != 0);
    const plan::PlanBuilder made = plan::make_plan(b.view());
    for (const int max_batch : {1, 40, 200}) {
      INFO("seed " << seed << ", batch " << max_batch);
      const plan::MemoryPlan memory = plan::plan_memory(view(made), max_batch);
      const TaskGraph graph = schedule::make_task_graph(view(made), memory, max_batch);
      CHECK_FALSE(find_race(view(made), memory, graph, max_batch, max_batch).has_value());
    }
  }
}

namespace {

const plan::PlanView training = plan::planned<graphs::Dense, Role::train>.view();

}  // namespace

TEST_CASE("a wrong offset is caught") {
  for (const int max_batch : {128, 1024}) {
    const plan::MemoryPlan good = plan::plan_memory(training, max_batch);
    const TaskGraph graph = schedule::make_task_graph(training, good, max_batch);
    // The checker proves an order between tasks, not that a value survives until its last reader (that is
    // memory_test's): where all that touch the bytes are ordered by their data anyway, it has nothing to say.
    int caught = 0, moved = 0;
    for (int v = 0; v < training.value_count; ++v) {
      if (training.values[v].storage != plan::Storage::transient || training.values[v].panel_sums) continue;
      // Onto the parameters at the arena's start, which other groups read meanwhile or later overwrite.
      plan::MemoryPlan bad = good;
      bad.offset[static_cast<std::size_t>(v)] = 0;
      ++moved;
      caught += find_race(training, bad, graph, max_batch, max_batch).has_value();
    }
    CHECK(moved > 10);
    CHECK(2 * caught > moved);
  }
}

TEST_CASE("a byte of overlap is enough") {
  const int max_batch = 128;
  const plan::MemoryPlan good = plan::plan_memory(training, max_batch);
  const TaskGraph graph = schedule::make_task_graph(training, good, max_batch);
  // The last weight's first moment slides into its neighbour by one cache line.
  int neighbour = -1, moment = -1;
  for (int v = 0; v < training.value_count; ++v) {
    if (training.values[v].storage != plan::Storage::state) continue;
    neighbour = moment, moment = v;
  }
  REQUIRE(neighbour >= 0);
  plan::MemoryPlan bad = good;
  bad.offset[static_cast<std::size_t>(moment)] =
      good.offset[static_cast<std::size_t>(neighbour)] + plan::value_bytes(training.values[neighbour], 1) - 64;
  CHECK_FALSE(find_race(training, good, graph, max_batch, max_batch).has_value());
  // Two updates of the same layer may run at the same time.
  const auto race = find_race(training, bad, graph, max_batch, max_batch);
  CHECK(race.has_value());
}

TEST_CASE("a missing edge is caught wherever no other path replaces it") {
  const int max_batch = 128;
  const plan::MemoryPlan memory = plan::plan_memory(training, max_batch);
  const TaskGraph graph = schedule::make_task_graph(training, memory, max_batch);
  const auto edges = edges_of(graph);
  int caught = 0, tried = 0;
  for (std::size_t e = 0; e < edges.size(); e += edges.size() / 97) {
    // Without all edges into this task there is surely no path from the tasks before it.
    const int target = edges[e].second;
    if (graph.tasks[static_cast<std::size_t>(target)].group < 0) continue;
    auto fewer = edges;
    std::erase_if(fewer, [&](const auto& edge) { return edge.second == target; });
    TaskGraph broken;
    broken.tasks = graph.tasks;
    link(broken, fewer);
    ++tried;
    caught += find_race(training, memory, broken, max_batch, max_batch).has_value();
  }
  CHECK(tried > 20);
  CHECK(caught == tried);
}

TEST_CASE("one missing edge of a chain of two is caught, and named") {
  // y = exp(x) w: the product reads what the loop has written.
  Builder b;
  b.output(matmul(exp(b.input("x", shape_of(batch, 20))), b.parameter("w", shape_of(20, 20))), "y");
  const plan::PlanBuilder made = plan::make_plan(b.view());
  const plan::MemoryPlan memory = plan::plan_memory(view(made), 16);
  TaskGraph graph = schedule::make_task_graph(view(made), memory, 16);
  REQUIRE(graph.size() == 2);
  CHECK_FALSE(find_race(view(made), memory, graph, 16, 16).has_value());
  link(graph, {});
  const auto race = find_race(view(made), memory, graph, 16, 16);
  REQUIRE(race.has_value());
  CHECK(race->first + race->second == 1);
}
