// The words for layers, their options and their names.
#include "declare/words.hpp"
#include "support/catch.hpp"

#include <string>

using namespace isthmus;
using namespace isthmus::testing;

namespace {

/// The nodes of one layer applied to an input of five.
template <class Layer>
constexpr Graph nodes_of(Layer layer) {
  Scope g;
  layer(g.input<5>("x"));
  return g.graph();
}
template <class Layer>
constexpr bool weight_starts(Layer layer, const Initializer& initializer, float value = 0) {
  return starts(nodes_of(layer).nodes[1], initializer, value);
}
template <class Layer>
constexpr bool bias_starts(Layer layer, const Initializer& initializer, float value = 0) {
  return starts(nodes_of(layer).nodes[3], initializer, value);
}

static_assert(weight_starts(dense<3>("h"), Initializer::glorot_uniform));
static_assert(weight_starts(dense<3>("h", glorot_uniform), Initializer::glorot_uniform));
static_assert(weight_starts(dense<3>("h", he_uniform), Initializer::he_uniform));
static_assert(weight_starts(dense<3>("h", zeros), Initializer::zeros));
static_assert(weight_starts(dense<3>("h", constant(0.25f)), Initializer::constant, 0.25f));
static_assert(bias_starts(dense<3>("h"), Initializer::zeros));
static_assert(bias_starts(dense<3>("h", bias_constant(-2)), Initializer::constant, -2));
static_assert(bias_starts(dense<3>("h", he_uniform, bias_constant(-2)), Initializer::constant, -2));
static_assert(nodes_of(dense<3>("h")).nodes.size() == 5 && nodes_of(dense<3>("h", no_bias)).nodes.size() == 3);

template <class Layer>
constexpr bool applies(Layer layer, const Elementwise& function, float value) {
  const Node node = nodes_of(layer).nodes.back();
  return node.function == &function && node.value == value && node.shape == shape_of(batch, 5);
}
static_assert(applies(elu, ops::elu, 1.0f) && applies(elu(0.5f), ops::elu, 0.5f));
static_assert(applies(leaky_relu, ops::leaky_relu, 0.01f) && applies(leaky_relu(0.2f), ops::leaky_relu, 0.2f));
static_assert(applies(relu, ops::relu, 0) && applies(sigmoid, ops::sigmoid, 0) &&
              applies(isthmus::tanh, ops::tanh, 0));
static_assert(applies(softplus, ops::softplus, 0) && applies(swish, ops::swish, 0) &&
              applies(silu, ops::swish, 0));
static_assert(applies(gelu, ops::gelu, 0) && applies(gelu_tanh, ops::gelu_tanh, 0) &&
              applies(hard_tanh, ops::hard_tanh, 0));
static_assert(applies(activation(ops::elu), ops::elu, 1.0f) &&
              applies(activation(ops::elu)(0.3f), ops::elu, 0.3f));
static_assert(applies(isthmus::sin, ops::sin, 0) && applies(isthmus::cos, ops::cos, 0));
static_assert(nodes_of(linear).nodes.size() == 1);

/// A layer on an input of five, and one behind it.
template <class First, class Second>
constexpr Written two(First first, Second second) {
  return write<5>(first | second);
}
constexpr bool dense_is_tied() {
  const Written w = two(dense<3>("h"), dense<5>("out", tied("h"), bias_constant(2)));
  const Node& product = w.graph.nodes.data()[w.node().inputs[0]];
  return !w.diagnostic && w.count(Op::parameter) == 3 && w.parameter("weight").shape == shape_of(5, 3) &&
         product.op == Op::matmul && product.inputs[1] == 1 && product.transpose_b && !product.transpose_a &&
         w.node().shape == shape_of(batch, 5) && w.parameter("bias").label == Label{"out", "bias", ""} &&
         starts(w.parameter("bias"), Initializer::constant, 2) && parameter_count(w.graph) == 5 * 3 + 3 + 5 &&
         two(dense<3>("h"), dense<5>("out", no_bias, tied("h"))).count(Op::parameter) == 2;
}
static_assert(dense_is_tied());
constexpr bool convolutions_are_tied() {
  const auto first = conv2d<4, 3>("c", stride(2));
  const Written back = write<8, 6, 2>(first | conv2d_transpose<2, 3>("t", stride(2), tied("c")));
  const Written again = write<8, 6, 4>(conv2d<4, 3>("c") | conv2d<4, 3>("d", tied("c"), no_bias));
  return !back.diagnostic && back.count(Op::parameter) == 3 && back.only(Op::conv2d_transpose).inputs[1] == 1 &&
         back.node().shape == shape_of(batch, 8, 6, 2) && !again.diagnostic && again.count(Op::parameter) == 2;
}
static_assert(convolutions_are_tied());

constexpr bool ties_are_checked() {
  return is(two(dense<3>("h"), dense<5>("out", tied("g"))).diagnostic, Mistake::unknown_name, "g") &&
         // A layer that comes later has no weights yet, and a layer has none of its own to be tied to.
         is(two(dense<3>("h", tied("out")), dense<5>("out")).diagnostic, Mistake::unknown_name, "out") &&
         is(two(dense<3>("h"), dense<4>("out", tied("h"))).diagnostic, Mistake::tied_shapes_differ, "out",
            shape_of(4, 3), shape_of(5, 3)) &&
         is(write<8, 6, 2>(conv2d<4, 3>("c") | conv2d_transpose<2, 5>("t", tied("c"))).diagnostic,
            Mistake::tied_shapes_differ, "t", shape_of(5, 5, 2, 4), shape_of(3, 3, 2, 4)) &&
         is(write<4, 4, 1>(conv2d<4, 3>("c") | flatten | dense<16>("d", tied("c"))).diagnostic,
            Mistake::tied_shapes_differ, "d", shape_of(16, 64), shape_of(3, 3, 1, 4));
}
static_assert(ties_are_checked());

}  // namespace

TEST_CASE("tied layers read the weights of another, transposed, and have no others") {
  CHECK(dense_is_tied());
  CHECK(convolutions_are_tied());
  CHECK(ties_are_checked());
}

TEST_CASE("options of dense layers") {
  CHECK(weight_starts(dense<3>("h", constant(0.25f)), Initializer::constant, 0.25f));
  CHECK(bias_starts(dense<3>("h", bias_constant(-2)), Initializer::constant, -2));
  const Graph graph = nodes_of(dense<3>("h"));
  CHECK(graph.nodes[1].shape == shape_of(5, 3));
  CHECK(graph.nodes[1].label == Label{"h", "weight", ""});
  CHECK(graph.nodes[3].shape == shape_of(3));
  CHECK(graph.nodes[3].label == Label{"h", "bias", ""});
  CHECK(graph.nodes[4].shape == shape_of(batch, 3));
}

TEST_CASE("activations are layers, with their parameter") {
  CHECK(applies(elu(0.5f), ops::elu, 0.5f));
  CHECK(applies(leaky_relu, ops::leaky_relu, 0.01f));
}

TEST_CASE("a pipe is one layer after the other, for layers and for tensors") {
  constexpr auto agree = [] {
    Scope a, b, c;
    (dense<3>("h") | elu | sigmoid)(a.input<5>("x"));
    sigmoid(elu(dense<3>(b.input<5>("x"), "h")));
    c.input<5>("x") | dense<3>("h") | elu | sigmoid;
    return same_graph(a.view(), b.view()) && same_graph(a.view(), c.view());
  };
  static_assert(agree());
  CHECK(agree());
}

TEST_CASE("layers without a name are numbered") {
  Scope g;
  const Tensor x = g.input<5>("x");
  const Tensor first = dense<3>(x), second = dense<3>(x, "named"), third = dense<3>(x);
  CHECK(std::string(first.node().label.layer) == "layer00");
  CHECK(std::string(second.node().label.layer) == "named");
  CHECK(std::string(third.node().label.layer) == "layer01");
  Tensor last = x;
  for (int i = 2; i < 12; ++i) last = dense<5>(last);
  CHECK(std::string(last.node().label.layer) == "layer11");
  for (int i = 12; i < 103; ++i) last = dense<5>(last);
  CHECK(std::string(last.node().label.layer) == "layer102");
  CHECK_FALSE(g.diagnostic());
  for (int i = 103; i < 1001; ++i) last = dense<5>(last);
  CHECK(is(g.diagnostic(), Mistake::too_many_unnamed_layers, "dense"));
}

TEST_CASE("nodes belong to the layer that was begun last, operators included") {
  Scope g;
  const Tensor h = dense<3>(g.input<5>("x"), "h");
  CHECK(std::string((h * 2.0f).node().label.layer) == "h");
}
