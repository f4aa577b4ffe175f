// Kernels of values that move, of sequences, and of their gradients, within a program: against the reference, for
// any number of samples.
#include <isthmus/run/session.hpp>

#include <algorithm>

#include "differential/interpreted.hpp"
#include "differential/subject.hpp"
#include "support/catch.hpp"
#include "support/movements.hpp"
#include "support/sequences.hpp"
#include "support/sketch.hpp"

using namespace isthmus;
using namespace isthmus::testing;

namespace {

constexpr int most = 5;

/// The largest error of a graph's output, relative to values above 1.
double error_of(const Builder& b) {
  REQUIRE_FALSE(b.diagnostic());
  const InterpretedProgram program(plan::make_plan(b.view()));
  InferenceCore core(program.program(), most);
  double worst = 0;
  for (const int samples : {1, 2, most}) {
    const ReferenceRun expected(b.view(), samples, -1);
    core.write(expected.weights, "weights");
    std::vector<float> y(expected.out.size());
    core.run(expected.in, y);
    worst = std::max(worst, largest_error(y, expected.out, 1));
  }
  return worst;
}

void check_values(const Movement& one) {
  INFO(one.name);
  Builder as_it_is, fused;
  as_it_is.output(one.write(as_it_is, as_it_is.input("x", one.shape)), "y");
  CHECK(error_of(as_it_is) < 2e-6);
  const Tensor y = one.write(fused, isthmus::sin(fused.input("x", one.shape)) * 2.0f);
  fused.output(isthmus::tanh(y + 0.25f) * y, "y");
  CHECK(error_of(fused) < 1e-5);
}

void check_gradient(const Movement& one, double bound) {
  INFO(one.name);
  Builder b;
  const Tensor x = b.input("x", one.shape);
  const Tensor y = one.write(b, x);
  // Of what does not depend on its numbers smoothly the gradient is zero.
  const Tensor gradient = differentiate::gradients(sum(square(y) + y), {x}).front();
  b.output(gradient + 0.0f * x, "gradient");
  CHECK(error_of(b) < bound);
}

}  // namespace

TEST_CASE("values that move, as they come from the caller, between operations, and to the caller") {
  for (const Movement& one : movements) check_values(one);
}

TEST_CASE("the gradients of values that move") {
  for (const Movement& one : movements) check_gradient(one, 1e-5);
}

TEST_CASE("operations on sequences, as they come from the caller, between operations, and to the caller") {
  for (const Movement& one : sequences) check_values(one);
}

TEST_CASE("the gradients of operations on sequences") {
  for (const Movement& one : sequences) check_gradient(one, 1e-4);  // Products of products: larger, of more terms.
}

TEST_CASE("a row that is longer than what is moved at once, and samples of many rows") {
  const auto beside = [](Shape shape) {
    Builder b;
    const Tensor x = b.input("x", shape);
    b.output(b.region(b.concat({x, isthmus::tanh(x), {}}, 0), {7}, shape), "y");
    return error_of(b);
  };
  CHECK(beside(shape_of(batch, 700)) < 1e-6);
  CHECK(beside(shape_of(batch, 131, 19)) < 1e-6);
}
