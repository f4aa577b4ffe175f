// The words for what happens in training only: the nodes that they write, and their names.
#include "declare/words.hpp"
#include "support/catch.hpp"
#include "support/node_kind.hpp"

#include <string>

using namespace isthmus;
using namespace isthmus::testing;

namespace {

constexpr bool is_value(GraphView g, int i, float value) { return g[i].op == Op::constant && g[i].value == value; }
constexpr bool is_op(GraphView g, int i, NodeKind kind, int a, int b) {
  return kind.matches(g[i]) && g[i].inputs[0] == a && g[i].inputs[1] == b;
}
/// A by_mode node at the end that gives the input (node 0) elsewhere.
constexpr bool ends_in(GraphView g, Mode mode) {
  const Node& last = g[g.size - 1];
  return last.op == Op::by_mode && last.attribute.as<Mode>() == mode && last.inputs[0] == g.size - 2 &&
         last.inputs[1] == 0 && last.shape == g[0].shape;
}
constexpr bool draws(GraphView g, int i, Distribution distribution, const char* part, bool fixed_numbers) {
  return g[i].op == Op::random && g[i].attribute.as<Distribution>() == distribution && g[i].shape == g[0].shape &&
         g[i].fixed == fixed_numbers && g[i].label == Label{"x", part, ""};
}

constexpr bool gaussian_is_right(bool fixed_numbers) {
  const Written w = write<4, 4, 2>(fixed_numbers ? gaussian_noise(0.5f, fixed) : gaussian_noise(0.5f));
  const GraphView g = w.graph;  // x, random, constant, product, sum, by_mode
  return g.size == 6 && draws(g, 1, Distribution::normal, "noise", fixed_numbers) && is_value(g, 2, 0.5f) &&
         is_op(g, 3, ops::multiply, 2, 1) && is_op(g, 4, ops::add, 0, 3) && ends_in(g, Mode::corruption);
}
constexpr bool masking_is_right(bool fixed_numbers) {
  const Written w = write<5>(fixed_numbers ? masking_noise(0.3f, fixed) : masking_noise(0.3f));
  const GraphView g = w.graph;  // x, random, constant, greater, product, by_mode
  return g.size == 6 && draws(g, 1, Distribution::uniform, "noise", fixed_numbers) && is_value(g, 2, 0.3f) &&
         is_op(g, 3, ops::greater, 1, 2) && is_op(g, 4, ops::multiply, 0, 3) && ends_in(g, Mode::corruption);
}
constexpr bool salt_and_pepper_is_right(bool fixed_numbers) {
  const Written w = write<5>(fixed_numbers ? salt_and_pepper(0.1f, fixed) : salt_and_pepper(0.1f));
  const GraphView g = w.graph;  // x, random, constant, greater, constant, greater, select, by_mode
  return g.size == 8 && draws(g, 1, Distribution::uniform, "noise", fixed_numbers) && is_value(g, 2, 0.1f) &&
         is_op(g, 3, ops::greater, 1, 2) && is_value(g, 4, 0.05f) && is_op(g, 5, ops::greater, 1, 4) &&
         is_op(g, 6, ops::select, 3, 0) && g[6].inputs[2] == 5 && ends_in(g, Mode::corruption);
}
constexpr bool dropout_is_right() {
  const Written w = write<5>(dropout(0.75f));
  const GraphView g = w.graph;  // x, random, constant, greater, constant, scaled, product, by_mode
  return g.size == 8 && draws(g, 1, Distribution::uniform, "dropout", false) && is_value(g, 2, 0.75f) &&
         is_op(g, 3, ops::greater, 1, 2) && is_value(g, 4, 4.0f) && is_op(g, 5, ops::multiply, 3, 4) &&
         is_op(g, 6, ops::multiply, 0, 5) && ends_in(g, Mode::training);
}
constexpr bool clip_is_right() {
  const Written w = write<5>(clip(-1, 2));
  const GraphView g = w.graph;
  return g.size == 5 && is_value(g, 1, -1) && is_op(g, 2, ops::maximum, 0, 1) && is_value(g, 3, 2) &&
         is_op(g, 4, ops::minimum, 2, 3);
}
static_assert(gaussian_is_right(false) && gaussian_is_right(true));
static_assert(masking_is_right(false) && masking_is_right(true));
static_assert(salt_and_pepper_is_right(false) && salt_and_pepper_is_right(true));
static_assert(dropout_is_right() && clip_is_right());

constexpr bool notations_agree() {
  return same_in_all_notations<5>(gaussian_noise(0.5f), [](Tensor x) { return gaussian_noise(0.5f)(x); }) &&
         same_in_all_notations<5>(masking_noise(0.5f), [](Tensor x) { return masking_noise(0.5f)(x); }) &&
         same_in_all_notations<5>(salt_and_pepper(0.5f), [](Tensor x) { return salt_and_pepper(0.5f)(x); }) &&
         same_in_all_notations<5>(dropout(0.5f), [](Tensor x) { return dropout(0.5f)(x); }) &&
         same_in_all_notations<5>(clip(0, 1), [](Tensor x) { return clip(0, 1)(x); }) &&
         same_in_all_notations<5>(batch_norm("n", 0.9f), [](Tensor x) { return batch_norm(x, "n", 0.9f); });
}
static_assert(notations_agree());

/// The numbers' stream is the node's name: two draws under one name would be the same numbers.
constexpr bool draws_have_names_of_their_own() {
  const auto layers = gaussian_noise(0.5f) | masking_noise(0.1f) | dropout(0.1f) | dense<5>("d") | dropout(0.1f) |
                      dropout(0.1f) | dropout(0.1f);
  const Label expected[] = {{"x", "noise", ""},   {"x", "noise", "01"},   {"x", "dropout", ""},
                            {"d", "dropout", ""}, {"d", "dropout", "01"}, {"d", "dropout", "02"}};
  int found = 0;
  for (const Node& node : write<5>(layers).graph.nodes)
    if (node.op == Op::random && !(node.label == expected[found++])) return false;
  return found == 6;
}
static_assert(draws_have_names_of_their_own());

constexpr bool statistics_are_not_trained() {
  const Written w = write<4, 4, 3>(batch_norm("n"));
  const auto is_part = [&](const char* part, bool trained, float start) {
    const Node& node = w.parameter(part);
    return node.trained == trained && node.shape == shape_of(3) && node.label == Label{"n", part, ""} &&
           (starts(node, Initializer::constant, start) || (start == 0 && starts(node, Initializer::zeros)));
  };
  return is_part("scale", true, 1) && is_part("shift", true, 0) && is_part("mean", false, 0) &&
         is_part("variance", false, 1) && w.count(Op::parameter) == 4 && parameter_count(w.graph) == 2 * 3 &&
         w.node().op == Op::by_mode && w.node().attribute.as<Mode>() == Mode::statistics &&
         w.node().shape == shape_of(batch, 4, 4, 3) && w.count(Op::assign) == 2 && w.count(Op::random) == 0;
}
static_assert(statistics_are_not_trained());

constexpr bool statistics_are_assigned() {
  const Written w = write<4, 4, 3>(batch_norm("n"));
  int seen = 0;
  for (const Node& node : w.graph.nodes) {
    if (node.op != Op::assign) continue;
    const char* part = seen++ == 0 ? "mean" : "variance";
    if (!(w.graph.nodes.data()[node.inputs[0]].label == Label{"n", part, ""})) return false;
  }
  return seen == 2;
}
static_assert(statistics_are_assigned());

/// The divisor of a channel's mean, besides the batch size.
template <int... Dims>
constexpr float values_per_channel() {
  const Written w = write<Dims...>(batch_norm("n"));
  for (const Node& node : w.graph.nodes)
    if (node.function == &ops::multiply && w.graph.nodes.data()[node.inputs[0]].op == Op::host_scalar)
      return w.graph.nodes.data()[node.inputs[1]].value;
  return -1;
}
static_assert(values_per_channel<4, 6, 3>() == 24 && values_per_channel<4, 6, 1>() == 24);
static_assert(values_per_channel<5>() == 1);

template <class Layer>
constexpr bool has_no_such_rate(Layer layer, int percent) {
  const Diagnostic found = write<5>(dense<4>("d") | layer).diagnostic;
  return is(found, Mistake::rate_out_of_range, "d", shape_of(batch, percent), {});
}
constexpr bool rates_are_checked() {
  return has_no_such_rate(dropout(1), 100) && has_no_such_rate(dropout(-0.25f), -25) &&
         has_no_such_rate(masking_noise(1.5f), 150) && has_no_such_rate(salt_and_pepper(30), 3000) &&
         has_no_such_rate(dropout(1e30f), 1'000'000) && has_no_such_rate(dropout(-1e30f), -1'000'000) &&
         is(write<5>(batch_norm("n", 2)).diagnostic, Mistake::rate_out_of_range, "n", shape_of(batch, 200), {}) &&
         !write<5>(dropout(0) | masking_noise(0.99f) | gaussian_noise(7)).diagnostic;
}
static_assert(rates_are_checked());
// A mistake before it must stay the one that is reported: no channel is no division by zero.
static_assert(write<5>(dense<0>("d") | batch_norm("n")).diagnostic.mistake == Mistake::size_not_positive);

}  // namespace

TEST_CASE("each noise writes its formula, active with a loss") {
  for (const bool same_in_every_epoch : {false, true}) {
    CHECK(gaussian_is_right(same_in_every_epoch));
    CHECK(masking_is_right(same_in_every_epoch));
    CHECK(salt_and_pepper_is_right(same_in_every_epoch));
  }
  CHECK(dropout_is_right());
  CHECK(clip_is_right());
}

TEST_CASE("every word for training is the same in all notations") { CHECK(notations_agree()); }

TEST_CASE("no two draws share their numbers") {
  CHECK(draws_have_names_of_their_own());
  Scope g;  // Two branches, of which neither has begun a layer.
  const Tensor x = g.input<5>("x");
  const Tensor a = dropout(0.1f)(x), b = dropout(0.1f)(x);
  (void)(a + b);
  int count = 0;
  for (const Node& node : g.view())
    if (node.op == Op::random) CHECK(std::string(node.label.moment) == (count++ == 0 ? "" : "01"));
  CHECK(count == 2);
}

TEST_CASE("running statistics are kept with the parameters, but neither trained nor counted") {
  CHECK(statistics_are_not_trained());
  CHECK(statistics_are_assigned());
  constexpr auto model = autoencoder(encoder(input<5>("x"), dense<4>("enc") | batch_norm("norm")),
                                     bottleneck(dense<2>("code")), decoder(dense<5>("out")));
  static_assert(!model.diagnostic && model.parameters() == 5 * 4 + 4 + 2 * 4 + 4 * 2 + 2 + 2 * 5 + 5);
  CHECK(model.parameters() == 57);
}

TEST_CASE("statistics are over the batch and all pixels") {
  CHECK(values_per_channel<4, 6, 3>() == 24);
  CHECK(values_per_channel<5>() == 1);
}

TEST_CASE("a normalization without a name is numbered with the other layers") {
  Scope g;
  const Tensor h = batch_norm(dense<3>(g.input<5>("x")));
  CHECK(std::string(h.node().label.layer) == "layer01");
  CHECK_FALSE(g.diagnostic());
}

TEST_CASE("the compiler and the program write the same graph") {
  // Operands in one expression would be written in whichever order a compiler prefers.
  constexpr auto layers = gaussian_noise(0.5f) | salt_and_pepper(0.5f) | masking_noise(0.5f) | clip(0, 1) |
                          conv2d<4, 3>("c") | batch_norm("n") | dropout(0.5f) | max_pool<2> |
                          conv2d_transpose<2, 3>("t") | upsample<2> | flatten | dense<4>("d");
  constexpr StaticGraph<100> in_the_compiler(write<4, 4, 1>(layers).graph);
  CHECK(same_graph(in_the_compiler, write<4, 4, 1>(layers).graph));
}

TEST_CASE("rates are at least 0 and below 1") { CHECK(rates_are_checked()); }
