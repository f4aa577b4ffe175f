// Which result may be written over which operand, on plans made by hand.
#include <isthmus/builder.hpp>
#include <isthmus/plan/in_place.hpp>

#include <vector>

#include "support/catch.hpp"

using namespace isthmus;
using namespace isthmus::plan;

namespace {

constexpr int operand = 0, other = 1, result = 2;

/// A plan of one group that loads `operand` (and perhaps something else) and writes `result`, all of them of 4 × 3
/// values for each sample.
constexpr PlanBuilder plan_of(std::vector<Instruction> program, std::vector<int> operands) {
  PlanBuilder plan;
  for (int v = 0; v < 3; ++v) {
    Value value;
    value.has_batch = true;
    value.rows = 4;
    value.columns = 3;
    plan.values.push_back(value);
  }
  plan.values[result].producer = 0;
  Group group;
  group.has_batch = true;
  group.rows = 4;
  group.columns = 3;
  group.instructions = static_cast<int>(program.size());
  group.operands = static_cast<int>(operands.size());
  group.results = 1;
  plan.groups.push_back(group);
  plan.operands = std::move(operands);
  plan.results.push_back({group.instructions - 1, result});
  plan.instructions = std::move(program);
  return plan;
}

constexpr Instruction load(Code code, int slot) { return {code, nullptr, static_cast<std::int16_t>(slot)}; }
constexpr Instruction twice{Code::compute, &ops::add, 0, 0};

constexpr PlanBuilder doubled() { return plan_of({load(Code::load, 0), twice}, {operand}); }

/// The value whose memory share_in_place() has chosen for the result.
constexpr int reused(PlanBuilder plan) {
  share_in_place(plan);
  return plan.values[result].reuses;
}

template <class Change>
constexpr int reused_after(Change change) {
  PlanBuilder plan = doubled();
  change(plan);
  return reused(plan);
}

constexpr int reused_with_anchor(int Group::* place, int value) {
  return reused_after([&](PlanBuilder& plan) { plan.groups[0].*place = value; });
}

constexpr int reused_with_values(auto change) {
  return reused_after([&](PlanBuilder& plan) { change(plan.values[operand], plan.values[result]); });
}

constexpr int reused_by_two_groups(bool reads_last) {
  PlanBuilder plan = doubled();
  Group second = plan.groups[0];
  second.results = 0;
  second.operands = 1;
  second.first_operand = reads_last ? 0 : 1;
  plan.operands.push_back(other);
  plan.groups.push_back(second);
  return reused(plan);
}

}  // namespace

TEST_CASE("a result is written over what its group reads element by element") {
  STATIC_REQUIRE(reused(doubled()) == operand);
  CHECK(reused(doubled()) == operand);
  // The first operand that may be.
  constexpr auto of_two = [](int first, int second) {
    return reused(plan_of({load(Code::load, 0), load(Code::load, 1), twice}, {first, second}));
  };
  STATIC_REQUIRE(of_two(operand, other) == operand);
  STATIC_REQUIRE(of_two(other, operand) == other);
}

TEST_CASE("what an anchor reads stays whole until the group has ended") {
  for (int Group::* const place : {&Group::a, &Group::b, &Group::c}) {
    CHECK(reused_with_anchor(place, operand) == -1);
    CHECK(reused_with_anchor(place, other) == operand);
  }
  STATIC_REQUIRE(reused_with_anchor(&Group::b, operand) == -1);
}

TEST_CASE("what is read in other places as well stays whole") {
  for (const Code code : {Code::load_row, Code::load_column, Code::load_scalar}) {
    CHECK(reused(plan_of({load(code, 0), twice}, {operand})) == -1);
    CHECK(reused(plan_of({load(Code::load, 0), load(code, 0), twice}, {operand})) == -1);
    CHECK(reused(plan_of({load(code, 0), load(Code::load, 0), twice}, {operand})) == -1);
    CHECK(reused(plan_of({load(Code::load, 0), load(code, 1), twice}, {operand, other})) == operand);
  }
  // An operand that no instruction loads is read by other means.
  CHECK(reused(plan_of({Instruction{Code::accumulator}, twice}, {operand})) == -1);
}

TEST_CASE("a result is written over nothing that lies in memory otherwise") {
  CHECK(reused_with_values([](Value& from, Value&) { from.storage = Storage::parameter; }) == -1);
  CHECK(reused_with_values([](Value&, Value& to) { to.storage = Storage::external_output; }) == -1);
  CHECK(reused_with_values([](Value& from, Value&) { from.panel_sums = true; }) == -1);
  CHECK(reused_with_values([](Value&, Value& to) { to.panel_sums = true; }) == -1);
  CHECK(reused_with_values([](Value& from, Value&) { from.has_batch = false; }) == -1);
  CHECK(reused_with_values([](Value& from, Value&) { from.rows = 1; }) == -1);
  CHECK(reused_with_values([](Value&, Value& to) { to.columns = 4; }) == -1);
  CHECK(reused_with_values([](Value&, Value&) {}) == operand);
}

TEST_CASE("what another group reads afterwards is not written over") {
  CHECK(reused_by_two_groups(true) == -1);
  CHECK(reused_by_two_groups(false) == operand);
}
