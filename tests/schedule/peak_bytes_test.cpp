// Memory by hand, and of real programs.
#include <isthmus/schedule/peak_bytes.hpp>
#include <isthmus/schedule/policy.hpp>

#include "schedule/programs.hpp"
#include "support/catch.hpp"
#include "support/plan_copy.hpp"

using namespace isthmus;
using namespace isthmus::testing;
using schedule::Buffer;
using schedule::Costs;
using schedule::Prediction;
using schedule::TaskGraph;

TEST_CASE("a buffer is taken from its first task's start to its last one's end") {
  const Prediction p{4, {0, 1, 2, 3}, {1, 2, 3, 4}, {0, 0, 0, 0}, {4}};
  CHECK(peak_bytes({}, p) == 0);
  CHECK(peak_bytes({{10, {0}}, {20, {1}}}, p) == 20);
  CHECK(peak_bytes({{10, {0, 1}}, {20, {1}}, {5, {2}}}, p) == 30);
  // The order of a buffer's tasks does not count.
  CHECK(peak_bytes({{10, {3, 0}}, {20, {1}}, {25, {2}}}, p) == 35);
}

TEST_CASE("a buffer's place can be taken when its last task ends") {
  const Prediction p{2, {0, 1, 1}, {1, 2, 1}, {0, 0, 1}, {2, 0}};
  CHECK(peak_bytes({{10, {0}}, {20, {1}}}, p) == 20);
  CHECK(peak_bytes({{10, {0}}, {7, {2}}}, p) == 10);  // what takes no time takes no place
}

TEST_CASE("blocks of transient values are buffers, from their writer to their readers") {
  // h = exp(x w), y = h v: one product after the other, tiles of h in rows.
  Builder b;
  const Tensor h = exp(matmul(b.input("x", shape_of(batch, 64)), b.parameter("w", shape_of(64, 512))));
  b.output(matmul(h, b.parameter("v", shape_of(512, 64))), "y");
  const plan::PlanBuilder made = plan::make_plan(b.view());
  const plan::PlanView plan = view(made);
  const plan::MemoryPlan memory = plan::plan_memory(plan, 256);
  const TaskGraph graph = schedule::make_task_graph(plan, memory, 256);
  Costs costs = schedule::estimate_costs(graph);
  add_memory(costs, plan, graph, 256);
  std::int64_t bytes = 0, all = 0;
  for (int v = 0; v < plan.value_count; ++v)
    if (plan.values[v].storage == plan::Storage::transient)
      all +=
          plan::value_rows(plan.values[v], 256) * plan::panels_of(plan.values[v].columns) * plan::panel_width * 4;
  for (const Buffer& buffer : costs.buffers) {
    bytes += buffer.bytes;
    CHECK(buffer.tasks.size() >= 2);
    const Edges edges = edges_of(graph);
    for (std::size_t i = 1; i < buffer.tasks.size(); ++i)
      CHECK(std::count(edges.begin(), edges.end(), std::pair{buffer.tasks[0], buffer.tasks[i]}) == 1);
  }
  CHECK(bytes == all);
  CHECK(bytes >= 256 * 512 * 4);
  REQUIRE(costs.bytes.size() == graph.tasks.size());
  // Every task reads and writes something.
  for (int t = 0; t < graph.size(); ++t) CHECK(costs.bytes[static_cast<std::size_t>(t)] > 0);
  // One worker, a slice at a time: less than the whole of h.
  const auto deep = simulate(graph, schedule::policy::MemoryAware{}(graph, costs, 1), costs, {});
  CHECK(peak_bytes(costs.buffers, deep) < bytes);
}

TEST_CASE("a value that is written over another takes no buffer of its own") {
  const plan::PlanView step = plan::planned<graphs::Dense, Role::train>.view();
  const plan::PlanBuilder kept = plan::keep_within(copy_of(step), {0, 128});
  const plan::PlanView plan = view(kept);
  const TaskGraph graph = schedule::make_task_graph(plan, plan::plan_memory(plan, 128), 128);
  Costs costs = schedule::estimate_costs(graph);
  add_memory(costs, plan, graph, 128);
  std::int64_t bytes = 0, all = 0;
  int over_others = 0;
  for (const Buffer& buffer : costs.buffers) bytes += buffer.bytes;
  for (int v = 0; v < plan.value_count; ++v) {
    const plan::Value& value = plan.values[v];
    over_others += value.reuses >= 0;
    if (value.storage == plan::Storage::transient && value.reuses < 0)
      all += plan::value_rows(value, 128) * plan::panels_of(value.columns) * (value.panel_sums ? 4 : 64);
  }
  CHECK(over_others > 0);
  CHECK(bytes == all);
}

TEST_CASE("no schedule of a program takes more than all transient values, and the frugal one least") {
  for_each_plan([](const plan::PlanView& plan) {
    const int max_batch = 128;
    const plan::MemoryPlan memory = plan::plan_memory(plan, max_batch);
    const TaskGraph graph = schedule::make_task_graph(plan, memory, max_batch);
    Costs costs = schedule::estimate_costs(graph);
    add_memory(costs, plan, graph, max_batch);
    std::int64_t all = 0, least = 1'000'000'000, frugal = 0;
    for (int v = 0; v < plan.value_count; ++v)
      if (plan.values[v].storage == plan::Storage::transient) all += plan::value_bytes(plan.values[v], max_batch);
    for (const auto& policy : schedule::policies()) {
      const auto schedule = make_schedule(policy, graph, costs, 2);
      const auto prediction = simulate(graph, schedule, costs, {.workers = 2});
      const std::int64_t peak = peak_bytes(costs.buffers, prediction);
      INFO(policy.name);
      CHECK(peak <= all);
      CHECK(prediction.seconds >= lower_bound(graph, costs, 2) * (1 - 1e-12));
      if (policy.name == "memory_aware") frugal = peak;
      if (policy.name == "critical_path") least = peak;
    }
    CHECK(frugal <= least);
  });
}
