// Offsets: values that are alive together never overlap, and every sharing of bytes has its edges.
#include <isthmus/plan/stages.hpp>

#include "../../graphs/dense.hpp"
#include "../../graphs/shallow.hpp"
#include "plan/memory_checks.hpp"
#include "support/catch.hpp"
#include "support/random_graph.hpp"

using namespace isthmus;
using namespace isthmus::testing;
using plan::MemoryPlan;
using plan::PlanView;

namespace {

constexpr int batches[] = {1, 7, 128, 1024};

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
