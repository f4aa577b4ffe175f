// The tasks of models of images: no race between them, every tile once and where the kernels can start, and none
// for what is packed once.
#include <isthmus/schedule/race_check.hpp>
#include <isthmus/schedule/rank.hpp>

#include "run_room/image_models.hpp"
#include "schedule/programs.hpp"
#include "support/catch.hpp"
#include "support/plan_copy.hpp"

#include "../../graphs/denoising.hpp"

#include <algorithm>

using namespace isthmus;
using namespace isthmus::testing;
using plan::Anchor;
using plan::PlanView;

namespace {

constexpr int image_batches[] = {1, 7, 64};

/// The training step as it is, and within budgets for another batch than all of those above. Counts the budgets
/// that made it smaller.
template <class M, class Body>
void for_training_and_use(Body body, int& smaller) {
  const PlanView step = plan::planned<M, Role::train>.view();
  body(step);
  const std::int64_t whole = plan::plan_memory(step, 32).arena_bytes;
  for (const int percent : {75, 0}) {
    const plan::PlanBuilder kept = plan::keep_within(copy_of(step), {whole * percent / 100, 32});
    const std::int64_t bytes = plan::plan_memory(view(kept), 32).arena_bytes;
    CHECK(bytes <= whole);
    smaller += bytes < whole;
    body(view(kept));
  }
  body(plan::planned<M, Role::reconstruct>.view());
}
template <class Body>
void for_each_image_plan(Body body) {
  int smaller = 0;
#define ISTHMUS_TEST_PLAN(M) for_training_and_use<M>(body, smaller);
  ISTHMUS_TEST_IMAGE_MODELS(ISTHMUS_TEST_PLAN)
#undef ISTHMUS_TEST_PLAN
  for_training_and_use<graphs::Denoising>(body, smaller);
  CHECK(smaller > 20);  // Of one model nothing is worth repeating.
}

schedule::TaskGraph tasks_of(const PlanView& plan, int max_batch) {
  return schedule::sort_by_urgency(schedule::make_task_graph(plan, plan::plan_memory(plan, max_batch), max_batch));
}
int rows_of(const plan::Group& group, int samples) { return group.rows * (group.has_batch ? samples : 1); }

/// Rows of a convolution that belong to one row of cells, or to one image if its rows of cells are cut by the end;
/// of a gradient of weights, those of one part; of an operation over samples a sample.
int rows_together(const PlanView& plan, const plan::Group& group) {
  const Node& node = plan.graph[group.node];
  if (group.anchor == Anchor::conv2d_weights) {
    const bool narrow = node.algorithm == Algorithm::narrow;
    const int parts = static_cast<int>(node.attribute.as<GradientParts>());
    const int channels = plan.graph[node.inputs[0]].shape.channels();
    if (parts > 1 || (!narrow && plan::has_dense_taps(channels, node.algorithm, node.window)))
      return group.rows / parts;
    return narrow ? 16 : 16 * plan::method_of(Op::conv2d, node.algorithm, node.window).products;
  }
  if (group.anchor == Anchor::rows) return node.row_operation->whole_samples ? group.rows : 1;
  if (group.anchor != Anchor::conv2d || node.algorithm == Algorithm::narrow) return 1;
  const plan::Method method = plan::method_of(node.op, node.algorithm, node.window);
  if (method.block_planes > 1) return method.block_planes * node.shape.height() * node.shape.width();
  const int block = node.pooled ? 1 : method.block_rows;
  return (node.shape.height() % block == 0 ? block : node.shape.height()) * node.shape.width();
}

}  // namespace

TEST_CASE("no program of images has a race, for any batch up to the largest") {
  for_each_image_plan([](const PlanView& plan) {
    for (const int max_batch : image_batches) {
      const plan::MemoryPlan memory = plan::plan_memory(plan, max_batch);
      const schedule::TaskGraph graph = tasks_of(plan, max_batch);
      for (const int samples : {max_batch, (max_batch + 1) / 2, 1}) {
        INFO("batch " << samples << " of " << max_batch);
        CHECK_FALSE(schedule::find_race(plan, memory, graph, samples, max_batch).has_value());
      }
    }
  });
}

TEST_CASE("images: a group's tiles together read all of what its anchor has") {
  // The race check believes the footprints: what no tile says it reads, it cannot miss.
  constexpr int samples = 7;
  for_each_image_plan([](const PlanView& plan) {
    std::vector<std::vector<schedule::Access>> reads(static_cast<std::size_t>(plan.group_count));
    for (const schedule::Task& task : tasks_of(plan, samples).tasks) {
      if (task.group < 0 || task.reduction != schedule::Reduction::none) continue;
      for (const schedule::Access& access : schedule::accesses(plan, task, samples))
        if (!access.writes) reads[static_cast<std::size_t>(task.group)].push_back(access);
    }
    for (int g = 0; g < plan.group_count; ++g) {
      const plan::Group& group = plan.groups[g];
      if (group.packs) continue;
      for (const int v : {group.a, group.b, group.c}) {
        if (v < 0) continue;
        const std::int64_t rows = plan::value_rows(plan.values[v], samples);
        const int panels = plan::panels_of(plan.values[v].columns);
        std::vector<char> seen(static_cast<std::size_t>(rows * panels), char{0});
        for (const schedule::Access& access : reads[static_cast<std::size_t>(g)]) {
          if (access.value != v) continue;
          for (std::int64_t r = access.row_begin; r < access.row_end; ++r)
            for (int p = access.panel_begin; p < access.panel_end; ++p)
              seen[static_cast<std::size_t>(r * panels + p)] = 1;
        }
        INFO("group " << g << ", value " << v);
        CHECK(std::count(seen.begin(), seen.end(), char{0}) == 0);
      }
    }
  });
}

TEST_CASE("images: the race check sees an edge that is missing") {
  const PlanView plan = plan::planned<Colours, Role::train>.view();
  const plan::MemoryPlan memory = plan::plan_memory(plan, 64);
  const schedule::TaskGraph graph = schedule::make_task_graph(plan, memory, 64);
  const auto edges = edges_of(graph);
  int tried = 0, caught = 0;
  for (std::size_t e = 0; e < edges.size(); e += edges.size() / 41) {
    // Without all edges into this task there is surely no path from the tasks before it.
    const int target = edges[e].second;
    if (graph.tasks[static_cast<std::size_t>(target)].group < 0) continue;
    auto fewer = edges;
    std::erase_if(fewer, [&](const auto& edge) { return edge.second == target; });
    schedule::TaskGraph broken;
    broken.tasks = graph.tasks;
    link(broken, fewer);
    ++tried;
    caught += schedule::find_race(plan, memory, broken, 64, 64).has_value();
  }
  CHECK(tried > 20);
  CHECK(caught == tried);
}

TEST_CASE("images: tiles cover each group once, and keep together what a kernel computes together") {
  for_each_image_plan([](const PlanView& plan) {
    for (const int max_batch : image_batches) {
      std::vector<long> covered(static_cast<std::size_t>(plan.group_count), 0);
      for (const schedule::Task& task : tasks_of(plan, max_batch).tasks) {
        if (task.group < 0) continue;
        const plan::Group& group = plan.groups[task.group];
        const int together = rows_together(plan, group), rows = rows_of(group, max_batch);
        covered[static_cast<std::size_t>(task.group)] +=
            long{task.row_end - task.row_begin} * (task.panel_end - task.panel_begin);
        INFO("group " << task.group << ", batch " << max_batch);
        CHECK(task.row_begin % together == 0);
        CHECK((task.row_end % together == 0 || task.row_end == rows));
      }
      for (int g = 0; g < plan.group_count; ++g) {
        const plan::Group& group = plan.groups[g];
        const long all = long{rows_of(group, max_batch)} * plan::panels_of(group.columns);
        CHECK(covered[static_cast<std::size_t>(g)] == (group.packs ? 0 : all));
      }
    }
  });
}

TEST_CASE("what is made of parameters alone is no task, unless the program trains") {
  const auto count = [](const PlanView& plan) {
    int packed = 0;
    for (int g = 0; g < plan.group_count; ++g) {
      if (!plan.groups[g].packs) continue;
      ++packed;
      for (const schedule::Task& task : tasks_of(plan, 7).tasks) CHECK(task.group != g);
    }
    return packed;
  };
  // All but those of the first layer, whose few channels lie as they are read.
  CHECK(count(plan::planned<Colours, Role::reconstruct>.view()) == 4);
  CHECK(count(plan::planned<Colours, Role::train>.view()) == 0);
  // A batch norm that is folded into the weights.
  CHECK(count(plan::planned<Normed, Role::reconstruct>.view()) >= 2);
  CHECK(count(plan::planned<Normed, Role::train>.view()) == 0);
}
