// The elementwise kernel of every operation on every SIMD target, on full and tail panels, on panels and on
// the caller's row-major memory. This unit is compiled once per target.
#include <isthmus/lower/targets.hpp>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "lower/elementwise_test.cpp"
#include <hwy/foreach_target.h>

#include <isthmus/lower/fused-inl.h>

#ifndef ISTHMUS_TESTS_ELEMENTWISE_PROGRAMS
#define ISTHMUS_TESTS_ELEMENTWISE_PROGRAMS
namespace isthmus::testing {

inline constexpr float slope = 0.3f;

/// op(x, y, z) as a program: three loads, the operation, and its panel sums beside it.
template <const Elementwise* operation, bool has_tail>
struct OneOperation {
  static constexpr int arity = operation->row.operands;
  static constexpr plan::Instruction instructions[4] = {
      {plan::Code::load, nullptr, 0},
      {plan::Code::load, nullptr, 1},
      {plan::Code::load, nullptr, 2},
      {plan::Code::compute, operation, 0, arity > 1 ? 1 : -1, arity > 2 ? 2 : -1, slope}};
  static constexpr int count = 4;
  static constexpr int operand_count = 3;
  static constexpr plan::Result results[2] = {{3, 0}, {3, 1}};
  static constexpr int result_count = 2;
  static constexpr bool tail = has_tail;
  static constexpr bool is_sum(int r) { return r == 1; }
};

/// x + row + column + scalar + 2: every way to load.
template <bool has_tail>
struct EveryLoad {
  static constexpr plan::Instruction instructions[9] = {{plan::Code::load, nullptr, 0},
                                                        {plan::Code::load_row, nullptr, 1},
                                                        {plan::Code::load_column, nullptr, 2},
                                                        {plan::Code::load_scalar, nullptr, 3},
                                                        {plan::Code::constant, nullptr, -1, -1, -1, 2},
                                                        {plan::Code::compute, &ops::add, 0, 1},
                                                        {plan::Code::compute, &ops::add, 5, 2},
                                                        {plan::Code::compute, &ops::add, 6, 3},
                                                        {plan::Code::compute, &ops::add, 7, 4}};
  static constexpr int count = 9;
  static constexpr int operand_count = 4;
  static constexpr plan::Result results[1] = {{8, 0}};
  static constexpr int result_count = 1;
  static constexpr bool tail = has_tail;
  static constexpr bool is_sum(int) { return false; }
};

/// x, and 1 more in each of two columns. Which they are is known when the kernel runs: one serves all.
template <bool has_tail>
struct OneHot {
  static constexpr plan::Instruction instructions[5] = {{plan::Code::load, nullptr, 0},
                                                        {plan::Code::one_hot, nullptr, 0, -1, -1, -1},
                                                        {plan::Code::one_hot, nullptr, 1, -1, -1, -1},
                                                        {plan::Code::compute, &ops::add, 0, 1},
                                                        {plan::Code::compute, &ops::add, 3, 2}};
  static constexpr int count = 5;
  static constexpr int operand_count = 1;
  static constexpr plan::Result results[1] = {{4, 0}};
  static constexpr int result_count = 1;
  static constexpr bool tail = has_tail;
  static constexpr bool is_sum(int) { return false; }
};

}  // namespace isthmus::testing
#endif

HWY_BEFORE_NAMESPACE();
namespace isthmus::testing::HWY_NAMESPACE {

template <std::size_t... row>
lower::Fused find_kernel(const Elementwise* wanted, bool tail, std::index_sequence<row...>) {
  using lower::HWY_NAMESPACE::FusedKernel;
  lower::Fused found = nullptr;
  ((wanted == ops::table[row] ? void(found = tail ? &FusedKernel<OneOperation<ops::table[row], true>>::run
                                                  : &FusedKernel<OneOperation<ops::table[row], false>>::run)
                              : void()),
   ...);
  return found;
}
lower::Fused one_operation(const Elementwise* op, bool tail) {
  return find_kernel(op, tail, std::make_index_sequence<std::size(ops::table)>());
}
lower::Fused every_load(bool tail) {
  using lower::HWY_NAMESPACE::FusedKernel;
  return tail ? &FusedKernel<EveryLoad<true>>::run : &FusedKernel<EveryLoad<false>>::run;
}

lower::Fused one_hot(bool tail) {
  using lower::HWY_NAMESPACE::FusedKernel;
  return tail ? &FusedKernel<OneHot<true>>::run : &FusedKernel<OneHot<false>>::run;
}

}  // namespace isthmus::testing::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
#include "lower/panels.hpp"
#include "support/numbers.hpp"
#include "support/reference.hpp"
#include "support/special_values.hpp"
#include "support/targets.hpp"

#include <limits>

namespace isthmus::testing {

HWY_EXPORT(one_operation);
HWY_EXPORT(every_load);
HWY_EXPORT(one_hot);

namespace {

constexpr float guard = -77.0f;
constexpr float nan = std::numeric_limits<float>::quiet_NaN();

/// Operands of a matrix and results, all in panels or all row-major.
struct Bench {
  int rows, columns;
  bool row_major;
  std::vector<std::vector<float>> operands;
  std::vector<float> result;  // row-major
  std::vector<float> sums;
  std::vector<float> one_hots = {};
  bool guards_hold = true;

  /// Row-major memory has no padding: behind the last element lie guards.
  void run(lower::Fused kernel) {
    std::vector<lower::View> views;
    std::vector<Panels> panels;
    std::vector<std::vector<float>> memory;
    panels.reserve(8);
    memory.reserve(8);
    const auto place = [&](const std::vector<float>& values) {
      if (row_major) {
        memory.push_back(values);
        memory.back().resize(values.size() + 40, guard);
        views.push_back({memory.back().data(), columns, plan::panel_width, true});
      } else {
        panels.push_back(Panels::of(rows, columns, values));
        views.push_back(panels.back().view());
      }
    };
    for (const auto& operand : operands) place(operand);
    place(std::vector<float>(static_cast<std::size_t>(rows * columns), 5.0f));
    const lower::View out = views.back();
    sums.assign(static_cast<std::size_t>(rows * plan::panels_of(columns)), 0.0f);
    const lower::View results[] = {out, {sums.data(), 1, rows, false}};
    lower::FusedCall call;
    call.operands = views.data();
    call.results = results;
    call.columns = columns;
    call.one_hots = one_hots.data();
    // In two tiles, the second one first.
    const int middle = rows / 2;
    kernel(call, {middle, rows, 0, plan::panels_of(columns)});
    kernel(call, {0, middle, 0, plan::panels_of(columns)});
    result.clear();
    for (int r = 0; r < rows; ++r)
      for (int c = 0; c < columns; ++c)
        result.push_back(row_major ? out.data[r * columns + c] : panels.back().at(r, c));
    if (row_major) {
      for (int i = 0; i < 40; ++i) guards_hold = guards_hold && out.data[rows * columns + i] == guard;
    } else {  // The padding of panels is zero.
      for (int r = 0; r < rows; ++r)
        for (int c = columns; c < plan::panels_of(columns) * 16; ++c)
          guards_hold = guards_hold && panels.back().at(r, c) == 0.0f;
    }
  }
};

/// Errors relative to the result, or to 1e-2 where it is smaller: ELU near zero is a difference of two
/// numbers near one.
double error_of(const Elementwise& op, int rows, int columns, bool row_major, double low, double high) {
  Bench bench{rows, columns, row_major, {}, {}, {}};
  const auto count = static_cast<std::size_t>(rows * columns);
  for (std::uint32_t k = 0; k < 3; ++k) bench.operands.push_back(floats(count, k + 1, low, high));
  if (&op == &ops::select)
    for (std::size_t i = 0; i < count; i += 2) bench.operands[0][i] = 0;
  if (&op == &ops::greater)
    for (std::size_t i = 0; i < count; i += 3) bench.operands[1][i] = bench.operands[0][i];
  bench.run(HWY_DYNAMIC_DISPATCH(one_operation)(&op, columns % plan::panel_width != 0));
  if (!bench.guards_hold) return 1e300;
  double worst = 0;
  std::vector<double> sums(bench.sums.size(), 0.0), sizes(bench.sums.size(), 0.0);
  for (std::size_t i = 0; i < count; ++i) {
    const auto x = [&](std::size_t k) { return double{bench.operands[k][i]}; };
    const double expected = reference::evaluate(op, x(0), x(1), x(2), double{slope});
    worst = std::max(worst, relative_error(double{bench.result[i]}, expected, 1e-2));
    const auto row = i / static_cast<std::size_t>(columns), panel = i % static_cast<std::size_t>(columns) / 16;
    sums[panel * static_cast<std::size_t>(rows) + row] += expected;
    sizes[panel * static_cast<std::size_t>(rows) + row] += std::fabs(expected) + 1e-2;
  }
  for (std::size_t i = 0; i < sums.size(); ++i)
    worst = std::max(worst, std::fabs(double{bench.sums[i]} - sums[i]) / sizes[i]);
  return worst;
}

void check(const Elementwise& op, double low, double high) {
  for (const bool row_major : {false, true})
    for (const int rows : {1, 19})
      for (const int columns : {1, 3, 16, 17, 31, 48, 63}) {
        INFO(op.row.name << ", " << rows << " × " << columns << (row_major ? " row-major" : " panels"));
        CHECK(error_of(op, rows, columns, row_major, low, high) < 1e-5);
      }
}

float value_at(const Elementwise& op, float x, float y = 0.5f) {
  Bench bench{1, 16, false, {}, {}, {}};
  bench.operands = {std::vector<float>(16, x), std::vector<float>(16, y), std::vector<float>(16, 0.25f)};
  bench.run(HWY_DYNAMIC_DISPATCH(one_operation)(&op, false));
  return bench.result[5];
}

}  // namespace

TEST_CASE("every elementwise operation against double precision") {
  for_each_target([] {
    for (const Elementwise* const op : ops::table)
      check(*op, reference::reference_of(*op).low, reference::reference_of(*op).high);
    for (const Elementwise* const op :
         {&ops::exp, &ops::tanh, &ops::sigmoid, &ops::softplus, &ops::elu, &ops::swish, &ops::sin, &ops::cos}) {
      check(*op, -40, 40);
      check(*op, -1e-3, 1e-3);
    }
    for (const Elementwise* const op : {&ops::sin, &ops::cos}) check(*op, -1000, 1000);
    check(ops::log, 1e-7, 1);
    check(ops::log, 1, 1e6);
    check(ops::sqrt, 0, 1e4);
    check(ops::erf, -5, 5);
    check(ops::pow, 0.01, 8);
  });
}

TEST_CASE("the ends of the functions' ranges") {
  for_each_target([] {
    CHECK(value_at(ops::exp, 0) == 1);
    CHECK(value_at(ops::exp, -200) == 0);
    CHECK(value_at(ops::exp, 100) == std::numeric_limits<float>::infinity());
    CHECK(value_at(ops::sigmoid, 200) == 1);
    CHECK(value_at(ops::sigmoid, -200) == 0);
    CHECK(value_at(ops::tanh, 100) == 1);
    CHECK(value_at(ops::tanh, -100) == -1);
    CHECK(value_at(ops::softplus, 1000) == 1000);
    CHECK(value_at(ops::softplus, -1000) == 0);
    CHECK(value_at(ops::elu, -1000) == -slope);
    CHECK(value_at(ops::elu, 1000) == 1000);
    CHECK(value_at(ops::swish, 0) == 0);
    CHECK(value_at(ops::swish, 1000) == 1000);
    CHECK(value_at(ops::swish, -1000) == 0);
    CHECK(value_at(ops::sin, 0) == 0);
    CHECK(value_at(ops::cos, 0) == 1);
    CHECK(value_at(ops::cos, 3.14159265f) == -1);
    CHECK(value_at(ops::sign, 0) == 0);
    CHECK(value_at(ops::sqrt, 0) == 0);
    CHECK(value_at(ops::erf, 4) == 1);
    CHECK(value_at(ops::erf, -4) == -1);
    CHECK(value_at(ops::gelu, -1000) == 0);
    CHECK(value_at(ops::gelu, 1000) == 1000);
    CHECK(value_at(ops::gelu_tanh, -1000) == 0);
    CHECK(value_at(ops::log1p, 1e-10f) == 1e-10f);
  });
}

TEST_CASE("NaN, infinities and zeros of either sign have one answer") {
  for_each_target([] {
    for (const Elementwise* const op : unary_operations)
      for (const float x : special_values) {
        INFO(op->row.name << " of " << x);
        CHECK(is_same_answer(value_at(*op, x), special_answer(*op, x, 0, slope)));
      }
    const SpecialPairs pairs;
    for (const Elementwise* const op : binary_operations)
      for (std::size_t i = 0; i < pairs.first.size(); ++i) {
        INFO(op->row.name << " of " << pairs.first[i] << " and " << pairs.second[i]);
        CHECK(is_same_answer(value_at(*op, pairs.first[i], pairs.second[i]),
                             special_answer(*op, pairs.first[i], pairs.second[i], slope)));
      }
    CHECK(std::isnan(value_at(ops::select, 1, nan)));
    CHECK(value_at(ops::select, 0, nan) == 0.25f);
    // A NaN is not zero, a negative zero is.
    CHECK(value_at(ops::select, nan) == 0.5f);
    CHECK(value_at(ops::select, -0.0f) == 0.25f);
  });
}

TEST_CASE("rows, columns and scalars are repeated") {
  for_each_target([] {
    for (const int columns : {1, 16, 21, 48}) {
      const int rows = 19;
      INFO(columns << " columns");
      const std::vector<float> x = floats(static_cast<std::size_t>(rows * columns), 1, -1, 1);
      const std::vector<float> row = floats(static_cast<std::size_t>(columns), 2, -1, 1),
                               column = floats(rows, 3, -1, 1);
      Panels a = Panels::of(rows, columns, x), b = Panels::of(1, columns, row), c = Panels::of(rows, 1, column);
      Panels out(rows, columns, guard);
      float scalar = 0.75f;
      lower::View views[] = {a.view(), b.view(), c.view(), {&scalar, 0, 0, false}};
      views[1].row_stride = 0;
      views[2].panel_stride = 0;
      const lower::View result = out.view();
      lower::FusedCall call;
      call.operands = views;
      call.results = &result;
      call.columns = columns;
      HWY_DYNAMIC_DISPATCH(every_load)(columns % 16 != 0)(call, {0, rows, 0, plan::panels_of(columns)});
      double worst = 0;
      for (int r = 0; r < rows; ++r)
        for (int k = 0; k < columns; ++k)
          worst = std::max(worst, std::fabs(double{out.at(r, k)} - (double{a.at(r, k)} + double{b.at(0, k)} +
                                                                    double{c.at(r, 0)} + 0.75 + 2)));
      CHECK(worst < 1e-6);
    }
  });
}

TEST_CASE("columns that are hot, in whichever panel they are") {
  for_each_target([] {
    for (const bool row_major : {false, true})
      for (const int columns : {1, 16, 17, 21, 47, 48, 63})
        for (const int column : {0, 15, 16, 20, 46, 62}) {
          const int other = 61 - column;
          INFO(columns << " columns, columns " << column << " and " << other << (row_major ? ", row-major" : ""));
          Bench bench{5, columns, row_major, {}, {}, {}};
          bench.operands = {floats(static_cast<std::size_t>(5 * columns), 1, -1, 1)};
          std::vector<float> expected = bench.operands[0];
          bench.one_hots = {static_cast<float>(column), static_cast<float>(other)};
          for (const int hot : {column, other})
            for (int r = 0; r < 5 && hot >= 0 && hot < columns; ++r)
              expected[static_cast<std::size_t>(r * columns + hot)] += 1;
          bench.run(HWY_DYNAMIC_DISPATCH(one_hot)(columns % plan::panel_width != 0));
          CHECK(bench.result == expected);
          CHECK(bench.guards_hold);
        }
  });
}

}  // namespace isthmus::testing
#endif
