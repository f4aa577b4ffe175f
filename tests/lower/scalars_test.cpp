// Scalar groups are evaluated in double.
#include <isthmus/lower/program.hpp>

#include "support/catch.hpp"
#include "support/reference.hpp"

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

TEST_CASE("NaN goes through scalar maximum and ReLU") {
  for (const Op op : {Op::relu, Op::maximum, Op::minimum, Op::elu, Op::softplus}) {
    const plan::Instruction program[] = {{plan::Code::accumulator, Op::constant, -1, -1, -1, 0},
                                         {plan::Code::constant, Op::constant, -1, -1, -1, 0.25f},
                                         {plan::Code::compute, op, 0, 1, -1, 1.0f}};
    double results[3] = {};
    lower::run_scalars(program, 3, NAN, nullptr, results);
    INFO("operation " << static_cast<int>(op));
    CHECK(std::isnan(results[2]));
  }
}
