// Kernels over whole samples within a program: samples of one row and of many, of panels that are full and not, up
// to as large as there is memory for, and any number of them, against the reference.
#include <isthmus/run/session.hpp>

#include <algorithm>

#include "differential/interpreted.hpp"
#include "differential/subject.hpp"
#include "support/catch.hpp"
#include "support/sketch.hpp"

using namespace isthmus;
using namespace isthmus::testing;

namespace {

constexpr int most = 5;

/// The largest error of what a program makes of up to five samples of this shape, relative to values above 1.
template <class Write>
double error_of(Shape shape, Write write, double low = -1) {
  Sketch s;
  s.b.output(write(s, s.b.input("x", shape)), "y");
  REQUIRE_FALSE(s.b.diagnostic());
  const InterpretedProgram program(plan::make_plan(s.b.view()));
  InferenceCore core(program.program(), most);
  double worst = 0;
  for (const int samples : {1, 2, most}) {
    const ReferenceRun expected(s.b.view(), samples, low);
    core.write(expected.weights, "weights");
    std::vector<float> y(expected.out.size());
    core.run(expected.in, y);
    worst = std::max(worst, largest_error(y, expected.out, 1));
  }
  return worst;
}

constexpr double tolerance = 1e-5;
constexpr auto total = [](Sketch& s, auto x) { return s.b.over_rows(running_total, {x, {}, {}}); };
/// With what is elementwise before and behind it.
constexpr auto fused_total = [](Sketch& s, auto x) {
  return isthmus::tanh(0.01f * s.b.over_rows(running_total, {square(x) + x, {}, {}}) - 0.5f) * x;
};
constexpr auto filter_of = [](Sketch& s, auto x) {
  return s.b.over_rows(filtered, {x, s.parameter(shape_of(5)), {}});
};
constexpr auto correlation = [](Sketch& s, auto x) { return s.b.over_rows(autocorrelation, {x, {}, {}}); };
/// With a mask of each sample's own, and with one for all.
constexpr auto masked_by_itself = [](Sketch& s, auto x) {
  return s.b.over_rows(masked, {x, isthmus::tanh(x), {}});
};
constexpr auto masked_alike = [](Sketch& s, auto x) {
  Shape rest{x.shape().rank - 1, {}};
  std::copy_n(x.shape().dim + 1, rest.rank, rest.dim);
  return s.b.over_rows(masked, {isthmus::exp(x), s.parameter(rest), {}});
};

}  // namespace

TEST_CASE("operations over whole samples, of every form of a sample, against the reference") {
  for (const Shape& shape : {shape_of(batch, 1), shape_of(batch, 7), shape_of(batch, 33), shape_of(batch, 3, 5),
                             shape_of(batch, 7, 16), shape_of(batch, 5, 7, 1), shape_of(batch, 1, 2, 3),
                             shape_of(batch, 5, 7, 17), shape_of(batch, 4, 4, 16), shape_of(batch, 3, 11, 33)}) {
    INFO(shape.elements_per_sample() << " values in rows of " << shape.columns());
    CHECK(error_of(shape, total) < tolerance);
    CHECK(error_of(shape, fused_total) < tolerance);
    CHECK(error_of(shape, filter_of) < tolerance);
    CHECK(error_of(shape, correlation) < tolerance);
    CHECK(error_of(shape, masked_by_itself) < tolerance);
    CHECK(error_of(shape, masked_alike) < tolerance);
  }
  for (const int size : {15, 30, 255})
    CHECK(error_of(shape_of(batch, size), [](Sketch& s, auto x) { return s.b.over_rows(unfolded, {x, {}, {}}); }) <
          tolerance);
  for (const int channels : {1, 2, 17})
    CHECK(error_of(shape_of(batch, 3, 5, channels),
                   [](Sketch& s, auto x) { return s.b.over_rows(folded, {x, {}, {}}); }) < tolerance);
}

TEST_CASE("operations over what has no batch, beside samples") {
  CHECK(error_of(shape_of(batch, 7), [](Sketch& s, auto x) {
          const Tensor w = s.b.over_rows(filtered, {s.parameter(shape_of(7)), s.parameter(shape_of(3)), {}});
          return x * w;
        }) < tolerance);
}

TEST_CASE("samples as large as there is memory for") {
  // Beside two operands and a result there is room for 1, 2, 4 and 16 rows of it in panels.
  for (const Shape& shape : {shape_of(batch, 5, 4095), shape_of(batch, 21, 1000), shape_of(batch, 1364, 16),
                             shape_of(batch, 1360, 16)}) {
    INFO(shape.dim[1] << " rows of " << shape.dim[2]);
    CHECK(error_of(shape, masked_alike) < tolerance);
  }
}
