// Scalar groups are evaluated in double.
#include <isthmus/evaluate.hpp>
#include <isthmus/lower/program.hpp>

#include "support/catch.hpp"
#include "support/reference.hpp"
#include "support/special_values.hpp"

using namespace isthmus;

TEST_CASE("every operation on scalars, in double") {
  for (int i = static_cast<int>(Op::negate); i <= static_cast<int>(Op::select); ++i) {
    const Op op = static_cast<Op>(i);
    for (const double x : {-1.25, 0.5, 2.0, 0.0}) {
      if (x <= 0 && (op == Op::log || op == Op::sqrt)) continue;
      const plan::Instruction program[] = {{plan::Code::load_scalar, Op::constant, 1, -1, -1, 0},
                                           {plan::Code::accumulator, Op::constant, -1, -1, -1, 0},
                                           {plan::Code::constant, Op::constant, -1, -1, -1, 0.25f},
                                           {plan::Code::compute, op, 0, 1, 2, 0.3f}};
      const double operands[] = {9, x};
      double results[4] = {};
      lower::run_scalars(program, 4, 0.7, operands, results);
      INFO("operation " << i << " of " << x);
      CHECK(results[3] ==
            Approx(reference::evaluate(op, x, 0.7, 0.25, double{0.3f})).epsilon(1e-14).margin(1e-14));
    }
  }
}

TEST_CASE("scalars answer to NaN, infinities and zeros of either sign as the reference does") {
  using namespace isthmus::testing;
  const auto value_at = [](Op op, float x, float y) {
    return static_cast<float>(evaluate(op, double{x}, double{y}, 0.25, double{0.3f}));
  };
  for (const Op op : unary_operations)
    for (const float x : special_values) {
      INFO("operation " << static_cast<int>(op) << " of " << x);
      CHECK(is_same_answer(value_at(op, x, 0), special_answer(op, x, 0, 0.3f)));
    }
  const SpecialPairs pairs;
  for (const Op op : binary_operations)
    for (std::size_t i = 0; i < pairs.first.size(); ++i) {
      INFO("operation " << static_cast<int>(op) << " of " << pairs.first[i] << " and " << pairs.second[i]);
      CHECK(is_same_answer(value_at(op, pairs.first[i], pairs.second[i]),
                           special_answer(op, pairs.first[i], pairs.second[i], 0.3f)));
    }
}

TEST_CASE("what is no elementwise operation has no value") {
  CHECK_THROWS_AS(evaluate(Op::matmul, 1, 1, 1, 1), std::logic_error);
}
