// Tiles: they cover each group once, they depend on shapes alone, and edges are kept once.
#include <isthmus/schedule/task_graph.hpp>

#include "schedule/programs.hpp"
#include "support/catch.hpp"
#include "support/sample_operations.hpp"

#include <algorithm>
#include <stdexcept>

using namespace isthmus;
using namespace isthmus::testing;
using schedule::Access;
using schedule::Task;
using schedule::TaskGraph;

namespace {

TaskGraph tasks_of(const plan::PlanView& plan, int max_batch) {
  return schedule::make_task_graph(plan, plan::plan_memory(plan, max_batch), max_batch);
}
int rows_of(const plan::Group& group, int max_batch) { return group.rows * (group.has_batch ? max_batch : 1); }

}  // namespace

TEST_CASE("the tiles of a group cover its rows and panels exactly once") {
  for_each_plan([](const plan::PlanView& plan) {
    for (const int max_batch : batches) {
      const TaskGraph graph = tasks_of(plan, max_batch);
      for (int g = 0; g < plan.group_count; ++g) {
        const int rows = rows_of(plan.groups[g], max_batch), panels = plan::panels_of(plan.groups[g].columns);
        std::vector<int> covered(static_cast<std::size_t>(rows) * static_cast<std::size_t>(panels), 0);
        for (const Task& task : graph.tasks) {
          if (task.group != g) continue;
          REQUIRE((task.row_begin >= 0 && task.row_begin < task.row_end && task.row_end <= rows));
          REQUIRE((task.panel_begin >= 0 && task.panel_begin < task.panel_end && task.panel_end <= panels));
          for (int r = task.row_begin; r < task.row_end; ++r)
            for (int p = task.panel_begin; p < task.panel_end; ++p)
              ++covered[static_cast<std::size_t>(r) * static_cast<std::size_t>(panels) +
                        static_cast<std::size_t>(p)];
        }
        INFO("group " << g << ", batch " << max_batch);
        CHECK(std::all_of(covered.begin(), covered.end(), [](int times) { return times == 1; }));
      }
    }
  });
}

TEST_CASE("a tile starts at a whole panel of rows, so that a transposed product can read it") {
  for_each_plan([](const plan::PlanView& plan) {
    for (const int max_batch : batches)
      for (const Task& task : tasks_of(plan, max_batch).tasks) CHECK(task.row_begin % plan::panel_width == 0);
  });
}

TEST_CASE("tiles cost what their group costs") {
  for_each_plan([](const plan::PlanView& plan) {
    const TaskGraph graph = tasks_of(plan, 128);
    std::vector<double> cost(static_cast<std::size_t>(plan.group_count), 0.0);
    for (const Task& task : graph.tasks)
      if (task.group >= 0) cost[static_cast<std::size_t>(task.group)] += task.cost;
    for (int g = 0; g < plan.group_count; ++g)
      CHECK(cost[static_cast<std::size_t>(g)] == Approx(plan::group_flops(plan, plan.groups[g], 128)));
  });
}

TEST_CASE("the large products are cut, the small ones are not") {
  const plan::PlanView plan = plan::planned<graphs::Dense, Role::train>.view();
  for (int g = 0; g < plan.group_count; ++g) {
    if (plan.groups[g].anchor != plan::Anchor::matmul) continue;
    const auto tiles = [&](int max_batch) {
      int count = 0;
      for (const Task& task : tasks_of(plan, max_batch).tasks) count += task.group == g;
      return count;
    };
    INFO("group " << g);
    CHECK(tiles(1024) >= (plan::group_flops(plan, plan.groups[g], 1024) > 100e6 ? 8 : 1));
    CHECK(tiles(1024) <= 64);
    if (!plan.groups[g].has_batch) {
      CHECK(tiles(1) <= 32);
      continue;
    }
    // One sample waits for the weights: a tile reads at least 100 KB of them, two operations for each. At three
    // samples the products are as small, but no longer wait.
    const double one = plan::group_flops(plan, plan.groups[g], 1);
    CHECK(tiles(1) <= 1 + static_cast<int>(one / 50e3));
    CHECK(tiles(1) >= (one > 400e3 ? 4 : 1));
    CHECK(tiles(3) <= 1 + static_cast<int>(3 * one / 400e3));
  }
}

TEST_CASE("the cut is a function of the shapes") {
  const plan::PlanView plan = plan::planned<graphs::Dense, Role::train>.view();
  const plan::PlanBuilder again = plan::make_plan(plan::source<graphs::Dense, Role::train>);
  for (int g = 0; g < plan.group_count; ++g) {
    const schedule::Cut one = schedule::cut_group(plan, plan.groups[g], 1024);
    const schedule::Cut two = schedule::cut_group(view(again), plan.groups[g], 1024);
    CHECK((one.rows == two.rows && one.panels == two.panels));
  }
  const TaskGraph a = tasks_of(plan, 1024), b = tasks_of(view(again), 1024);
  CHECK(edges_of(a) == edges_of(b));
}

TEST_CASE("every edge is kept once") {
  TaskGraph graph;
  graph.tasks.resize(4);
  link(graph, {{2, 3}, {0, 1}, {0, 2}, {0, 1}, {2, 3}, {1, 3}, {0, 1}});
  CHECK(edges_of(graph) == std::vector<std::pair<int, int>>{{0, 1}, {0, 2}, {1, 3}, {2, 3}});
  CHECK(graph.predecessors == std::vector<int>{0, 1, 1, 2});
  CHECK(graph.first_successor == std::vector<int>{0, 2, 3, 4, 4});
  link(graph, {});
  CHECK(graph.successors.empty());
  CHECK(graph.predecessors == std::vector<int>{0, 0, 0, 0});
}

TEST_CASE("what a tile touches") {
  // y = x w, cut in four by hand.
  Builder b;
  b.output(matmul(exp(b.input("x", shape_of(batch, 40))), b.parameter("w", shape_of(40, 64))) +
               b.parameter("bias", shape_of(64)),
           "y");
  const plan::PlanBuilder made = plan::make_plan(b.view());
  const plan::PlanView plan = view(made);
  int product = -1;
  for (int g = 0; g < plan.group_count; ++g)
    if (plan.groups[g].anchor == plan::Anchor::matmul) product = g;
  REQUIRE(product >= 0);
  const auto list = schedule::accesses(plan, Task{product, 16, 32, 1, 3, 0}, 100);
  const auto find = [&](plan::Storage storage, int rows) -> const Access* {
    for (const Access& access : list)
      if (plan.values[access.value].storage == storage && plan.values[access.value].rows == rows) return &access;
    return nullptr;
  };
  const auto is = [](const Access* a, bool writes, int r0, int r1, int p0, int p1) {
    return a != nullptr && a->writes == writes && a->row_begin == r0 && a->row_end == r1 && a->panel_begin == p0 &&
           a->panel_end == p1;
  };
  CHECK(list.size() == 4);
  CHECK(is(find(plan::Storage::transient, 1), false, 16, 32, 0, 3));       // rows of the left operand, all panels
  CHECK(is(find(plan::Storage::parameter, 40), false, 0, 40, 1, 3));       // panels of the right one, all rows
  CHECK(is(find(plan::Storage::parameter, 1), false, 0, 1, 1, 3));         // the bias: one row
  CHECK(is(find(plan::Storage::external_output, 1), true, 16, 32, 1, 3));  // the tile itself
  CHECK(schedule::accesses(plan, Task{}, 100).empty());                    // a join
}

namespace {

/// Of three operands: rows beside rows, and one row for all; or samples, and one for all.
constexpr RowOperation of_three{.name = "of_three", .operands = 3, .kernel = [](const RowCall&) noexcept {}};
constexpr RowOperation of_three_samples{
    .name = "of_three_samples", .operands = 3, .whole_samples = true, .kernel = [](const RowCall&) noexcept {}};

int group_over_rows(const plan::PlanView& plan) {
  for (int g = 0; g < plan.group_count; ++g)
    if (plan.groups[g].anchor == plan::Anchor::rows) return g;
  throw std::logic_error("no group over rows");
}
/// Whether these rows of a value, and all panels up to this one, are among what a task touches.
bool touches(const std::vector<Access>& list, int value, bool writes, int r0, int r1, int p1) {
  return std::any_of(list.begin(), list.end(), [&](const Access& a) {
    return a.value == value && a.writes == writes && a.row_begin == r0 && a.row_end == r1 && a.panel_begin == 0 &&
           a.panel_end == p1;
  });
}

}  // namespace

TEST_CASE("what a tile of an operation over rows touches, and how it is cut") {
  Builder b;
  const Tensor x = exp(b.input("x", shape_of(batch, 40))), y = tanh(x);
  b.output(b.over_rows(of_three, {x, y, b.parameter("row", shape_of(17))}), "y");
  const plan::PlanBuilder made = plan::make_plan(b.view());
  const plan::PlanView plan = view(made);
  const int over_rows = group_over_rows(plan);
  const plan::Group& group = plan.groups[over_rows];
  // Rows of the first two whole, that of the third whole, and the tile itself.
  const auto list = schedule::accesses(plan, Task{over_rows, 16, 32, 0, 3, 0}, 100);
  REQUIRE(list.size() == 4);
  CHECK(touches(list, group.a, false, 16, 32, 3));
  CHECK(touches(list, group.b, false, 16, 32, 3));
  CHECK(touches(list, group.c, false, 0, 1, 2));
  CHECK(touches(list, plan.results[group.first_result].value, true, 16, 32, 3));
  // All panels of a row are in one tile.
  CHECK(schedule::cut_group(plan, group, 100'000).panels == 3);
  CHECK(schedule::cut_group(plan, group, 100'000).rows < 100'000);
}

TEST_CASE("what a tile of an operation over whole samples touches, and how it is cut") {
  Builder b;
  const Tensor x = exp(b.input("x", shape_of(batch, 5, 7, 20))), y = tanh(x);
  b.output(b.over_rows(of_three_samples, {x, y, b.parameter("mask", shape_of(3, 17), Initializer::zeros)}), "y");
  const plan::PlanBuilder made = plan::make_plan(b.view());
  const plan::PlanView plan = view(made);
  const int over_samples = group_over_rows(plan);
  const plan::Group& group = plan.groups[over_samples];
  // Samples 2, 3 and 4 of the first two, all of the third, and the tile itself.
  const auto list = schedule::accesses(plan, Task{over_samples, 70, 175, 0, 2, 0}, 100);
  REQUIRE(list.size() == 4);
  CHECK(touches(list, group.a, false, 70, 175, 2));
  CHECK(touches(list, group.b, false, 70, 175, 2));
  CHECK(touches(list, group.c, false, 0, 3, 2));
  CHECK(touches(list, plan.results[group.first_result].value, true, 70, 175, 2));
  // A sample is in one tile.
  const schedule::Cut cut = schedule::cut_group(plan, group, 100'000);
  CHECK(cut.panels == 2);
  CHECK(cut.rows % 35 == 0);
  CHECK(cut.rows < 35 * 100'000);
  CHECK(schedule::cut_group(plan, group, 1).rows == 35);
}

TEST_CASE("an operation over whole samples reads those whose results it writes, however many rows these have") {
  // Of 30 values a row becomes 15 rows, and of 15 rows one.
  for (const bool folds : {false, true}) {
    Builder b;
    const Tensor x = exp(b.input("x", folds ? shape_of(batch, 3, 5, 2) : shape_of(batch, 30)));
    b.output(b.over_rows(folds ? folded : unfolded, {x, {}, {}}), "y");
    const plan::PlanBuilder made = plan::make_plan(b.view());
    const plan::PlanView plan = view(made);
    const int over_samples = group_over_rows(plan);
    const plan::Group& group = plan.groups[over_samples];
    const int rows = folds ? 1 : 15, rows_read = folds ? 15 : 1;
    const auto list = schedule::accesses(plan, Task{over_samples, 16 * rows, 32 * rows, 0, folds ? 2 : 1, 0}, 100);
    REQUIRE(list.size() == 2);
    CHECK(touches(list, group.a, false, 16 * rows_read, 32 * rows_read, folds ? 1 : 2));
    CHECK(touches(list, plan.results[group.first_result].value, true, 16 * rows, 32 * rows, folds ? 2 : 1));
    const schedule::Cut cut = schedule::cut_group(plan, group, 1'000'000);
    CHECK(cut.rows % (folds ? 16 : 30) == 0);
    CHECK(cut.rows < rows * 1'000'000);
  }
}
