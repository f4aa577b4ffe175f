// The words for sparse codes: what they write, values and gradients of a threshold, and mistakes.
#include <isthmus/differentiate/gradient.hpp>
#include <isthmus/plan/rewrites.hpp>

#include "declare/loss_values.hpp"
#include "declare/words.hpp"
#include "support/catch.hpp"
#include "support/numbers.hpp"
#include "support/reference.hpp"
#include "support/sparse_reference.hpp"

using namespace isthmus;
using namespace isthmus::testing;

namespace {

static_assert(shape_after<20>(top_k<3>) == shape_of(batch, 20));
static_assert(shape_after<20>(sparse_top_k<3>) == shape_of(batch, 6));
static_assert(shape_after<6>(scatter<20>) == shape_of(batch, 20));
static_assert(shape_after<20>(sparse_top_k<20> | count_idle<20>) == shape_of(batch, 40));
static_assert(write<20>(sparse_top_k<3> | count_idle<20>).count(Op::assign) == 1);
static_assert(shape_after<6>(directions<7, 20>("d")) == shape_of(batch, 7));
static_assert(write<6>(directions<7, 20>("d", constant(0.5f))).parameter("weight").shape == shape_of(20, 7));
static_assert(same_in_all_notations<6>(directions<7, 20>("d", zeros),
                                       [](Tensor x) { return directions<7, 20>(x, "d", zeros); }));
static_assert(is(write<7>(directions<9, 20>("d")).diagnostic, Mistake::not_a_sparse_row, "d", shape_of(batch, 7),
                 shape_of(batch, 7)));
static_assert(write<6>(directions<0, 20>("d")).diagnostic.mistake == Mistake::size_not_positive);
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

constexpr int width = 7, units = 20;
constexpr auto counted = graph([](Scope& g) {
  auto code = bottleneck(count_idle<units>(sparse_top_k<3>(dense<units>(g.input<width>("x"), "enc"))));
  return dense<width>(scatter<units>(code), "dec");
});
constexpr auto uncounted =
    autoencoder(encoder(input<width>("x"), dense<units>("enc")), bottleneck(sparse_top_k<3>),
                decoder(scatter<units>, dense<width>("dec"), dense<width>("out")));

template <class Loss>
constexpr Diagnostic mistake_of(GraphView model, Loss loss) {
  return differentiate::loss_graph(model, loss).diagnostic();
}
constexpr bool names_are_checked() {
  const Shape x = shape_of(batch, width);
  return is(mistake_of(counted.graph, aux_k<4>("ecn", "dec", 10.0f)), Mistake::unknown_name, "ecn", x, x) &&
         is(mistake_of(counted.graph, aux_k<4>("enc", "dce", 10.0f)), Mistake::unknown_name, "dce", x, x) &&
         is(mistake_of(counted.graph, aux_k<4>("dec", "dec", 10.0f)), Mistake::not_counted, "dec", x, {}) &&
         is(mistake_of(counted.graph, aux_k<4>("enc", "enc", 10.0f)), Mistake::shapes_differ, "enc",
            shape_of(batch, units), shape_of(units, width)) &&
         is(mistake_of(counted.graph, aux_k<4>("enc", "dec", -0.5f)), Mistake::bound_is_negative, "aux_k",
            shape_of(batch, -50), {}) &&
         is(mistake_of(counted.graph, aux_k<21>("enc", "dec", 10.0f)), Mistake::keeps_more_than_there_is, "loss",
            shape_of(batch, 21), shape_of(batch, units)) &&
         mistake_of(uncounted.graph, aux_k<4>("enc", "dec", 10.0f)).mistake == Mistake::not_counted &&
         !mistake_of(counted.graph, aux_k<4>("enc", "dec", 0.0f));
}
static_assert(names_are_checked());

/// What the k largest positive activations of dead units leave of the error, by plain loops.
double aux_k_by_hand(LossValues& values, int k, double dead_after, std::size_t samples) {
  const std::vector<double>&x = values.named("x"), &y = values.layer("dec"), &w = values.named("dec.weight"),
        &idle = values.named("enc.idle"), &weight = values.named("enc.weight"), &bias = values.named("enc.bias");
  double sum = 0;
  for (std::size_t s = 0; s < samples; ++s) {
    std::vector<double> h(units);
    for (std::size_t u = 0; u < units; ++u) {
      h[u] = bias[u];
      for (std::size_t c = 0; c < width; ++c) h[u] += x[s * width + c] * weight[c * units + u];
      if (idle[u] <= dead_after) h[u] = -1e9;
    }
    std::vector<double> left(width);
    for (std::size_t c = 0; c < width; ++c) left[c] = x[s * width + c] - y[s * width + c];
    for (const std::size_t u : reference::largest_places(h.data(), units, static_cast<std::size_t>(k)))
      for (std::size_t c = 0; c < width && h[u] > 0; ++c) left[c] -= h[u] * w[u * width + c];
    for (const double e : left) sum += e * e;
  }
  return sum / static_cast<double>(samples * width);
}

}  // namespace

TEST_CASE("aux_k is what the dead units leave of the reconstruction's error") {
  for (const int samples : {1, 4, 9}) {
    const auto count = static_cast<std::size_t>(samples);
    LossValues few(counted.graph, aux_k<4>("enc", "dec", 0.3f), samples),
        all(counted.graph, aux_k<20>("enc", "dec", 0.0f), samples),
        none(counted.graph, aux_k<4>("enc", "dec", 2.0f), samples);
    CHECK(few.scalar("loss") == Approx(aux_k_by_hand(few, 4, double{0.3f}, count)).epsilon(1e-9));
    CHECK(all.scalar("loss") == Approx(aux_k_by_hand(all, 20, 0, count)).epsilon(1e-9));
    CHECK(none.scalar("loss") == Approx(aux_k_by_hand(none, 4, 2, count)).epsilon(1e-9));
  }
  CHECK(names_are_checked());
}

TEST_CASE("directions have length 1, in training and in use") {
  for (const bool training : {false, true}) {
    Scope g;
    g.output(directions<3, 5>(g.input<4>("code"), "dec"), "y");
    const Graph graph = plan::resolve_modes(g.view(), training, training);
    reference::Interpreter values(graph, 2);
    std::vector<double>& weight = values.named("dec.weight").values;
    for (std::size_t i = 0; i < weight.size(); ++i) weight[i] = uniform(3, i, -2, 2);
    values.named("code").values = {1.5, -2, 0, 3, 0.5, 4, 2, 5};  // The last column is none.
    values.run();
    const auto expected = [&](std::size_t c, double a, std::size_t i, double b, std::size_t k) {
      const auto unit = [&](std::size_t row) {
        double squares = 0;
        for (std::size_t j = 0; j < 3; ++j) squares += weight[row * 3 + j] * weight[row * 3 + j];
        return weight[row * 3 + c] / std::sqrt(squares);
      };
      return a * unit(i) + b * unit(k);
    };
    const std::vector<double>& y = values.named("y").values;
    for (std::size_t c = 0; c < 3; ++c) {
      CHECK(y[c] == Approx(expected(c, 1.5, 0, -2, 3)));
      CHECK(y[3 + c] == Approx(expected(c, 0.5, 2, 0, 0)));
    }
  }
}

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
