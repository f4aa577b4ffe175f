// The words for sparse codes: what they write, values and gradients of a threshold, and mistakes.
#include <isthmus/differentiate/gradient.hpp>
#include <isthmus/plan/rewrites.hpp>

#include "declare/words.hpp"
#include "support/catch.hpp"
#include "support/numbers.hpp"
#include "support/reference.hpp"

using namespace isthmus;
using namespace isthmus::testing;

namespace {

static_assert(shape_after<20>(top_k<3>) == shape_of(batch, 20));
static_assert(shape_after<20>(sparse_top_k<3>) == shape_of(batch, 6));
static_assert(shape_after<6>(scatter<20>) == shape_of(batch, 20));
static_assert(shape_after<20>(sparse_top_k<20> | count_idle<20>) == shape_of(batch, 40));
static_assert(write<20>(sparse_top_k<3> | count_idle<20>).count(Op::assign) == 1);
static_assert(starts(write<20>(jump_relu("j", 0.5f)).parameter("threshold"), Initializer::constant, 0.5f));

static_assert(is(write<20>(top_k<21>).diagnostic, Mistake::keeps_more_than_there_is, "x", shape_of(batch, 21),
                 shape_of(batch, 20)));
static_assert(is(write<20>(top_k<0>).diagnostic, Mistake::size_not_positive, "x", shape_of(batch, 0),
                 shape_of(batch, 1)));
static_assert(write<4, 4, 2>(top_k<1>).diagnostic.mistake == Mistake::not_a_row);
static_assert(write<20000>(top_k<5000>).diagnostic.mistake == Mistake::row_too_long);
static_assert(is(write<7>(scatter<20>).diagnostic, Mistake::not_a_sparse_row, "x", shape_of(batch, 7),
                 shape_of(batch, 7)));
static_assert(is(write<20>(scatter<9>).diagnostic, Mistake::keeps_more_than_there_is, "x", shape_of(batch, 10),
                 shape_of(batch, 9)));
static_assert(write<20>(jump_relu("j", 0.5f, 0.0f)).diagnostic.mistake == Mistake::bound_not_positive);

/// Values and gradients of a layer with thresholds of 0.25 to 0.75 and a step of 0.5, in training or not.
struct Jumped {
  std::vector<double> x, y, of_x, of_threshold, threshold;

  explicit Jumped(bool training) {
    Scope g;
    const Tensor in = g.input<9>("x");
    const Tensor y_declared = jump_relu("j", 0.5f, 0.5f)(in);
    g.output(y_declared, "y");
    Builder b(plan::resolve_modes(g.view(), training, training));
    int at = -1, input = -1, result = -1;
    for (int i = 0; i < b.size(); ++i) {
      if (b[i].op == Op::input) input = i;
      if (b[i].op == Op::parameter) at = i;
      if (b[i].op == Op::output) result = b[i].inputs[0];
    }
    const std::vector<Tensor> gradients =
        differentiate::gradients(b.sum_to(b.tensor(result), {}), {b.tensor(input), b.tensor(at)});
    reference::Interpreter values(b.view(), 3);
    const auto fill = [&](int node, double low, double high) {
      std::vector<double>& list = values[node].values;
      for (std::size_t i = 0; i < list.size(); ++i)
        list[i] = uniform(static_cast<std::uint32_t>(node), i, low, high);
      return list;
    };
    x = fill(input, -0.5, 1.5);
    threshold = fill(at, 0.25, 0.75);
    values.run();
    y = values[result].values;
    of_x = values[gradients[0].id].values;
    of_threshold = values[gradients[1].id].values;
  }
};

}  // namespace

TEST_CASE("jump_relu lets pass what is above its unit's threshold") {
  for (const bool training : {false, true}) {
    const Jumped one(training);
    int passed = 0;
    for (std::size_t i = 0; i < one.x.size(); ++i) {
      const bool passes = one.x[i] > one.threshold[i % 9];
      CHECK(one.y[i] == (passes ? one.x[i] : 0));
      CHECK(one.of_x[i] == (passes ? 1 : 0));
      passed += passes;
    }
    CHECK(passed > 5);
    CHECK(passed < 22);
  }
}

TEST_CASE("the threshold of jump_relu has the gradient of a step of some width") {
  const Jumped one(true);
  int near = 0;
  for (std::size_t unit = 0; unit < 9; ++unit) {
    double expected = 0;
    for (std::size_t sample = 0; sample < 3; ++sample) {
      const double distance = (one.x[sample * 9 + unit] - one.threshold[unit]) / 0.5;
      if (std::abs(distance) >= 0.5) continue;
      expected -= one.threshold[unit] / 0.5;
      ++near;
    }
    CHECK(one.of_threshold[unit] == Approx(expected));
  }
  CHECK(near > 2);
}
