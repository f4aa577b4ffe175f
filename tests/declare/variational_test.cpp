// The code as a random variable: what is written, beside what, and its mistake.
#include "declare/words.hpp"
#include "support/catch.hpp"

using namespace isthmus;
using namespace isthmus::testing;

namespace {

constexpr auto model = graph([](Scope& g) {
  auto h = dense<6>(g.input<7>("x"), "h");
  auto mu = dense<3>(h, "mean");
  auto log_var = dense<3>(h, "deviation");
  return dense<7>(bottleneck(reparameterize(mu, log_var)), "out");
});

/// mu + exp(0.5 log_var) · N(0, 1) where there is a loss, mu elsewhere; log_var goes beside the code.
constexpr bool is_written() {
  const GraphView g = model.graph;
  int count = 0;
  const int chosen = find_only(g, Op::by_mode, count), side = find_only(g, Op::side_output, count);
  const int random = find_only(g, Op::random, count), code = find_only(g, Op::bottleneck, count);
  if (model.diagnostic || count != 1 || g[code].inputs[0] != chosen) return false;
  const int mu = g[chosen].inputs[1], log_var = g[side].inputs[0];
  const Node& drawn = g[g[chosen].inputs[0]];
  const Node& product = g[drawn.inputs[1]];
  const Node& deviation = g[product.inputs[0]];
  return g[chosen].attribute.as<Mode>() == Mode::sampling && same_text(g[mu].label.layer, "mean") &&
         same_text(g[log_var].label.layer, "deviation") && same_text(g[side].label.layer, "deviation") &&
         drawn.function == &ops::add && drawn.inputs[0] == mu && product.function == &ops::multiply &&
         product.inputs[1] == random && deviation.function == &ops::exp &&
         g[deviation.inputs[0]].function == &ops::multiply &&
         g[random].attribute.as<Distribution>() == Distribution::normal && !g[random].fixed &&
         g[random].label == Label{"z", "noise", ""} && g[random].shape == shape_of(batch, 3);
}
static_assert(is_written());

constexpr bool widths_are_checked() {
  const auto other = [](Tensor x) { return reparameterize(dense<3>(x, "mu"), dense<4>(x, "log_var"), "sample"); };
  return is(write<7>(other).diagnostic, Mistake::shapes_differ, "sample", shape_of(batch, 3), shape_of(batch, 4));
}
static_assert(widths_are_checked());

constexpr auto draw_twice = [](Tensor x) {
  const Tensor mu = dense<3>(x, "mu"), log_var = dense<3>(x, "log_var");
  const Tensor first = reparameterize(mu, log_var);
  return reparameterize(first, dense<3>(x, "log_var_2"), "again");
};

}  // namespace

TEST_CASE("a code is drawn where there is a loss, and its mean elsewhere") { CHECK(is_written()); }

TEST_CASE("mean and deviation have one width") { CHECK(widths_are_checked()); }

TEST_CASE("the compiler and the program draw alike") {
  static constexpr StaticGraph<100> in_the_compiler(write<7>(draw_twice).graph);
  CHECK(same_graph(in_the_compiler, write<7>(draw_twice).graph));
}
