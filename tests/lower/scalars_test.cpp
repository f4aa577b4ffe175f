// Scalar groups are evaluated in double.
#include <isthmus/evaluate.hpp>
#include <isthmus/lower/program.hpp>

#include "support/catch.hpp"
#include "support/special_values.hpp"

using namespace isthmus;

TEST_CASE("every operation on scalars, in double") {
  for (const Elementwise* const op : ops::table) {
    const reference::ElementwiseReference& known = reference::reference_of(*op);
    for (const double x : {-1.25, 0.5, 2.0, 0.0}) {
      if (x < known.low) continue;
      const plan::Instruction program[] = {{plan::Code::load_scalar, nullptr, 1},
                                           {plan::Code::accumulator},
                                           {plan::Code::constant, nullptr, -1, -1, -1, 0.25f},
                                           {plan::Code::compute, op, 0, 1, 2, 0.3f}};
      const double operands[] = {9, x};
      double results[4] = {};
      lower::run_scalars(program, 4, 0.7, operands, results);
      INFO(op->row.name << " of " << x);
      // Numbers in a formula are floats.
      const double error = op->formula().count > 0 ? 1e-7 : 1e-14;
      CHECK(results[3] == Approx(known.meaning(x, 0.7, 0.25, double{0.3f})).epsilon(error).margin(error));
    }
  }
}

TEST_CASE("scalars answer to NaN, infinities and zeros of either sign as the reference does") {
  using namespace isthmus::testing;
  const auto value_at = [](const Elementwise& op, float x, float y) {
    return static_cast<float>(evaluate(op, double{x}, double{y}, 0.25, double{0.3f}));
  };
  for (const Elementwise* const op : unary_operations)
    for (const float x : special_values) {
      INFO("operation " << op->row.name << " of " << x);
      CHECK(is_same_answer(value_at(*op, x, 0), special_answer(*op, x, 0, 0.3f)));
    }
  const SpecialPairs pairs;
  for (const Elementwise* const op : binary_operations)
    for (std::size_t i = 0; i < pairs.first.size(); ++i) {
      INFO("operation " << op->row.name << " of " << pairs.first[i] << " and " << pairs.second[i]);
      CHECK(is_same_answer(value_at(*op, pairs.first[i], pairs.second[i]),
                           special_answer(*op, pairs.first[i], pairs.second[i], 0.3f)));
    }
}
