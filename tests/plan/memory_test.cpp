// Offsets: values that are alive together never overlap, and every sharing of bytes has its edges.
#include <isthmus/plan/stages.hpp>

#include "../../graphs/dense.hpp"
#include "../../graphs/shallow.hpp"
#include "support/catch.hpp"
#include "support/random_graph.hpp"

#include <algorithm>

using namespace isthmus;
using namespace isthmus::testing;
using plan::MemoryPlan;
using plan::PlanView;

namespace {

constexpr int batches[] = {1, 7, 128, 1024};

bool touches(const PlanView& plan, int g, int value) {
  const plan::Group& group = plan.groups[g];
  bool found = group.a == value || group.b == value;
  for (int i = 0; i < group.operands; ++i) found = found || plan.operands[group.first_operand + i] == value;
  for (int i = 0; i < group.results; ++i)
    found = found || plan.results[group.first_result + i].value == value;
  return found;
}

/// Written without the plan's own Lifetimes: first and last group that touches a value, kept ones always
/// alive.
std::pair<int, int> life(const PlanView& plan, int value) {
  if (plan.values[value].storage != plan::Storage::transient) return {-1, plan.group_count};
  int first = plan.group_count, last = -1;
  for (int g = 0; g < plan.group_count; ++g)
    if (touches(plan, g, value)) first = std::min(first, g), last = g;
  return {first, last};
}

void check_memory(const PlanView& plan, int max_batch) {
  const MemoryPlan memory = plan::plan_memory(plan, max_batch);
  const auto offset = [&](int v) { return memory.offset[static_cast<std::size_t>(v)]; };
  const auto edge_exists = [&](int before, int after) {
    return std::any_of(memory.edges.begin(), memory.edges.end(),
                       [&](const plan::Edge& e) { return e.before == before && e.after == after; });
  };
  int overlaps = 0, missing_edges = 0, unaligned = 0, outside = 0;
  for (int v = 0; v < plan.value_count; ++v) {
    const std::int64_t size = plan::value_bytes(plan.values[v], max_batch);
    if (size == 0) {
      CHECK(offset(v) == -1);
      continue;
    }
    unaligned += offset(v) % 64 != 0;
    outside += offset(v) < 0 || offset(v) + size > memory.arena_bytes;
    const auto [first, last] = life(plan, v);
    for (int w = 0; w < plan.value_count; ++w) {
      const std::int64_t other = plan::value_bytes(plan.values[w], max_batch);
      if (w == v || other == 0 || offset(w) + other <= offset(v) || offset(v) + size <= offset(w)) continue;
      const auto [other_first, other_last] = life(plan, w);
      if (!(last < other_first || other_last < first)) ++overlaps;
      if (last < other_first)
        for (int g = 0; g < plan.group_count; ++g)
          if (touches(plan, g, v)) missing_edges += !edge_exists(g, other_first);
    }
  }
  CHECK(overlaps == 0);
  CHECK(missing_edges == 0);
  CHECK(unaligned == 0);
  CHECK(outside == 0);
  for (const plan::Edge& edge : memory.edges) CHECK(edge.before < edge.after);
}

template <class M, Role role>
void check_role() {
  const PlanView plan = plan::planned<M, role>.view();
  for (const int max_batch : batches) {
    INFO("role " << static_cast<int>(role) << ", batch " << max_batch);
    check_memory(plan, max_batch);
    const MemoryPlan memory = plan::plan_memory(plan, max_batch);
    CHECK(memory.live_bytes <= memory.arena_bytes);
    CHECK(static_cast<double>(memory.arena_bytes) <= 1.1 * static_cast<double>(memory.live_bytes));
  }
  CHECK(arena_bytes<M, role, 1> == plan::plan_memory(plan, 1).arena_bytes);
  CHECK(arena_bytes<M, role, 1024> == plan::plan_memory(plan, 1024).arena_bytes);
}

template <class M>
void check_model() {
  check_role<M, Role::train>();
  check_role<M, Role::evaluate>();
  check_role<M, Role::reconstruct>();
  check_role<M, Role::encode>();
  check_role<M, Role::decode>();
}

static_assert(arena_bytes<graphs::Dense, Role::train, 1024> > 3 * 4 * graphs::Dense::model.parameters());
static_assert(arena_bytes<graphs::Dense, Role::train, 1024> < 28'000'000);
static_assert(arena_bytes<graphs::Dense, Role::encode, 1> < arena_bytes<graphs::Dense, Role::reconstruct, 1>);

}  // namespace

TEST_CASE("the deep dense model's memory") { check_model<graphs::Dense>(); }
TEST_CASE("the shallow model's memory") { check_model<graphs::Shallow>(); }

TEST_CASE("memory of random training steps") {
  for (std::uint32_t seed = 500; seed < 560; ++seed) {
    INFO("seed " << seed);
    const Builder b = RandomGraph(seed).write(5 + static_cast<int>(seed % 50), seed % 3 != 0);
    const plan::PlanBuilder plan = plan::make_plan(b.view());
    for (const int max_batch : {1, 40}) check_memory(view(plan), max_batch);
  }
}

TEST_CASE("panels' distance is never a multiple of a power of two above a page's quarter") {
  static_assert(plan::panel_rows(1) == 1 && plan::panel_rows(16) == 16 && plan::panel_rows(17) == 48);
  static_assert(plan::panel_rows(1024) == 1040 && plan::panel_rows(128) == 144);
  for (std::int64_t rows = 17; rows < 5000; ++rows) {
    const std::int64_t padded = plan::panel_rows(rows);
    REQUIRE((padded >= rows && padded < rows + 32 && padded % 16 == 0 && padded / 16 % 2 == 1));
  }
}
