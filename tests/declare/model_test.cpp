// The two notations, sizes, and what makes a graph an autoencoder.
#include "../../graphs/dense.hpp"
#include "../../graphs/shallow.hpp"
#include "declare/mistakes.hpp"
#include "support/catch.hpp"

#include <string>

using namespace isthmus;
using namespace isthmus::testing;

namespace {

constexpr auto sequence = autoencoder(
    encoder(input<13>("x"), dense<11>("enc", he_uniform) | elu(0.5f), dense<7>("enc2", no_bias) | isthmus::tanh),
    bottleneck(dense<3>("code")), decoder(dense<11>("dec") | leaky_relu | relu, dense<13>("out") | sigmoid));

constexpr auto expression = graph([](Scope& g) {
  auto x = g.input<13>("x");
  auto h = elu(0.5f)(dense<11>(x, "enc", he_uniform));
  auto h2 = isthmus::tanh(dense<7>(h, "enc2", no_bias));
  auto code = bottleneck(dense<3>(h2, "code"));
  auto y = relu(leaky_relu(dense<11>(code, "dec")));
  return sigmoid(dense<13>(y, "out"));
});

static_assert(same_graph(sequence.graph, expression.graph));
static_assert(!sequence.diagnostic && !expression.diagnostic);
static_assert(sequence.input_size() == 13 && sequence.code_size() == 3 && sequence.output_size() == 13);
static_assert(sequence.parameters() == 13 * 11 + 11 + 11 * 7 + 7 * 3 + 3 + 3 * 11 + 11 + 11 * 13 + 13);

static_assert(graphs::Dense::model.input_size() == 784 && graphs::Dense::model.code_size() == 10);
static_assert(graphs::Dense::model.parameters() ==
              2 * (784 * 512 + 512 * 128 + 128 * 10) + 512 + 128 + 10 + 128 + 512 + 784);
static_assert(graphs::Shallow::model.parameters() == 2 * 784 * 32 + 32 + 784);

}  // namespace

TEST_CASE("the sequence and the expression notation give equal graphs") {
  CHECK(same_graph(sequence.graph, expression.graph));
  CHECK(expression.graph.size == 26);
  CHECK(sequence.parameters() == expression.parameters());
}

TEST_CASE("a bottleneck of several layers ends after its last one") {
  constexpr auto model = autoencoder(encoder(input<5>("x")), bottleneck(dense<4>("a"), dense<2>("b") | sigmoid),
                                     decoder(dense<5>("out")));
  static_assert(model.code_size() == 2 && !model.diagnostic);
  int found = 0;
  const int code = find_only(model.graph, Op::bottleneck, found);
  CHECK(found == 1);
  CHECK(GraphView(model.graph)[GraphView(model.graph)[code].inputs[0]].function == &ops::sigmoid);
}

TEST_CASE("a user's own function of a tensor is a layer") {
  constexpr auto doubled = [](Tensor x) { return x * 2.0f; };
  constexpr auto model = autoencoder(encoder(input<5>("x"), doubled), bottleneck(dense<2>("code")),
                                     decoder(dense<5>("out"), doubled));
  static_assert(!model.diagnostic);
  CHECK(model.output_size() == 5);
}

TEST_CASE("a sample's own sum and mean keep the batch, those over the batch are for losses") {
  constexpr auto model = graph([](Scope& g) {
    auto x = g.input<5>("x");
    auto image = to_shape<2, 3, 2>(dense<12>(x - sample_mean(x), "wide"));
    return dense<5>(bottleneck(dense<2>(x * sample_sum(image), "code")), "out");
  });
  static_assert(!model.diagnostic);
  CHECK(model.code_size() == 2);

  Scope g;
  g.in_model();
  const Tensor x = g.input<5>("x");
  CHECK(sample_sum(x).shape() == shape_of(batch, 1));
  CHECK(sample_mean(to_shape<1, 5, 1>(x)).shape() == shape_of(batch, 1));
  CHECK(sample_sum(g.parameter("row", shape_of(5))).shape() == Shape{});
  CHECK_FALSE(g.diagnostic());
  for (const auto& mixes :
       {+[](Tensor t) { return sum(t); }, +[](Tensor t) { return mean(t); },
        +[](Tensor t) { return mean_over_batch(t); }, +[](Tensor t) { return t.builder->sum_to(t, shape_of(5)); },
        +[](Tensor t) { return matmul(t, t, true, false); }}) {
    Scope model_scope, loss_scope;
    model_scope.in_model();
    mixes(model_scope.input<5>("x"));
    CHECK(model_scope.diagnostic().mistake == Mistake::samples_are_mixed);
    mixes(loss_scope.input<5>("x"));
    CHECK_FALSE(loss_scope.diagnostic());
  }
}

namespace {

constexpr auto no_data =
    autoencoder(encoder(dense<4>("a")), bottleneck(dense<2>("code")), decoder(dense<5>("out")));
constexpr auto two_data =
    autoencoder(encoder(input<5>("x"), input<7>("z")), bottleneck(dense<2>("code")), decoder(dense<5>("out")));
constexpr auto no_code = autoencoder(encoder(input<5>("x")), decoder(dense<4>("a"), dense<5>("out")));
constexpr auto two_codes = autoencoder(encoder(input<5>("x")), bottleneck(dense<3>("one")),
                                       bottleneck(dense<2>("two")), decoder(dense<5>("out")));
constexpr auto bypassed = graph([](Scope& g) {
  auto x = g.input<5>("x");
  auto skip = dense<5>(x, "skip");
  return dense<5>(bottleneck(dense<2>(x, "code")), "out") + skip;
});
constexpr auto ignored = graph([](Scope& g) {
  auto x = g.input<5>("x");
  bottleneck(dense<2>(x, "code"));
  return dense<5>(x, "out");
});
constexpr auto beside = graph([](Scope& g) {
  g.input<5>("x");
  g.in_layer("code");
  return dense<5>(bottleneck(g.parameter("free", shape_of(1, 2))), "out");
});
constexpr auto named_twice =
    autoencoder(encoder(input<5>("x"), dense<4>("a") | elu), bottleneck(dense<3>("a")), decoder(dense<5>("out")));
constexpr auto input_name =
    autoencoder(encoder(input<5>("x")), bottleneck(dense<3>("x")), decoder(dense<5>("out")));
constexpr auto width_zero =
    autoencoder(encoder(input<5>("x")), bottleneck(dense<0>("code")), decoder(dense<5>("out")));
constexpr auto width_negative =
    autoencoder(encoder(input<5>("x")), bottleneck(dense<-3>("code")), decoder(dense<5>("out")));
constexpr auto data_zero =
    autoencoder(encoder(input<0>("x")), bottleneck(dense<2>("code")), decoder(dense<5>("out")));
constexpr auto sums = graph([](Scope& g) {
  auto x = g.input<5>("x");
  auto code = bottleneck(dense<2>(x, "code"));
  return dense<4>(code, "narrow") + dense<5>(code, "wide");
});
constexpr auto products = graph([](Scope& g) {
  auto x = g.input<5>("x");
  auto code = bottleneck(dense<2>(x, "code"));
  return matmul(dense<4>(code, "out"), g.parameter("free", shape_of(3, 5)));
});
constexpr auto pictures =
    autoencoder(encoder(input<2, 5>("x")), bottleneck(dense<2>("code")), decoder(dense<5>("out")));

constexpr auto several = graph([](Scope& g) {
  auto x = g.input<5>("x");
  auto z = g.input<7>("z");
  auto label = g.condition<3>("label");
  g.target<5>("clean");
  g.weight<5>("mask");
  auto code = bottleneck(dense<2>(x, "a") + dense<2>(z, "b") + dense<2>(label, "c"));
  return dense<5>(code, "out") + dense<5>(label, "out_label");
});
constexpr auto second_around = graph([](Scope& g) {
  auto x = g.input<5>("x");
  auto z = g.input<7>("z");
  return dense<5>(bottleneck(dense<2>(x, "code")), "out") + dense<5>(z, "around");
});
constexpr auto unread_data = graph([](Scope& g) {
  auto x = g.input<5>("x");
  elu(dense<3>(g.input<7>("z"), "nowhere"));
  return dense<5>(bottleneck(dense<2>(x, "code")), "out");
});
constexpr auto conditions_alone = graph([](Scope& g) {
  auto label = g.condition<3>("label");
  return dense<5>(bottleneck(dense<2>(label, "code")), "out");
});
constexpr auto port_of_layers_name = graph([](Scope& g) {
  auto x = g.input<5>("x");
  g.target<5>("code");
  return dense<5>(bottleneck(dense<2>(x, "code")), "out");
});

static_assert(!several.diagnostic && several.input_size() == 5 && several.code_size() == 2);
static_assert(second_around.diagnostic.mistake == Mistake::bottleneck_is_bypassed);
static_assert(is(unread_data.diagnostic, Mistake::input_is_not_read, "z", shape_of(batch, 7), {}));
static_assert(conditions_alone.diagnostic.mistake == Mistake::no_input);
static_assert(port_of_layers_name.diagnostic.mistake == Mistake::duplicate_name);
static_assert(no_data.diagnostic.mistake == Mistake::no_input);
static_assert(is(two_data.diagnostic, Mistake::two_inputs, "z", shape_of(batch, 5), shape_of(batch, 7)));
static_assert(no_code.diagnostic.mistake == Mistake::no_bottleneck);
static_assert(is(no_code.diagnostic, Mistake::no_bottleneck, "out", shape_of(batch, 5), shape_of(batch, 5)));
static_assert(is(two_codes.diagnostic, Mistake::two_bottlenecks, "two", shape_of(batch, 3), shape_of(batch, 2)));
static_assert(is(bypassed.diagnostic, Mistake::bottleneck_is_bypassed, "skip", shape_of(batch, 5),
                 shape_of(batch, 2)));
static_assert(same_text(bypassed.diagnostic.other, "out"));
static_assert(ignored.diagnostic.mistake == Mistake::bottleneck_is_not_on_the_way);
static_assert(beside.diagnostic.mistake == Mistake::bottleneck_is_not_on_the_way);
static_assert(is(named_twice.diagnostic, Mistake::duplicate_name, "a"));
static_assert(is(input_name.diagnostic, Mistake::duplicate_name, "x"));
static_assert(is(width_zero.diagnostic, Mistake::size_not_positive, "code", shape_of(batch, 0),
                 shape_of(batch, 1)));
static_assert(is(width_negative.diagnostic, Mistake::size_not_positive, "code", shape_of(batch, -3),
                 shape_of(batch, 1)));
static_assert(is(data_zero.diagnostic, Mistake::size_not_positive, "x", shape_of(batch, 0), shape_of(batch, 1)));
static_assert(is(sums.diagnostic, Mistake::shapes_differ, "wide", shape_of(batch, 4), shape_of(batch, 5)));
static_assert(is(products.diagnostic, Mistake::inner_sizes_differ, "out", shape_of(batch, 4), shape_of(3, 5)));
static_assert(is(pictures.diagnostic, Mistake::not_a_row, "code", shape_of(batch, 2, 5), shape_of(batch, 10)));

}  // namespace

TEST_CASE("every mistake in a model is found, with its layer and both shapes") {
  CHECK(no_data.diagnostic.mistake == Mistake::no_input);
  CHECK(is(two_data.diagnostic, Mistake::two_inputs, "z", shape_of(batch, 5), shape_of(batch, 7)));
  CHECK(second_around.diagnostic.mistake == Mistake::bottleneck_is_bypassed);
  CHECK(is(unread_data.diagnostic, Mistake::input_is_not_read, "z", shape_of(batch, 7), {}));
  CHECK(is(no_code.diagnostic, Mistake::no_bottleneck, "out", shape_of(batch, 5), shape_of(batch, 5)));
  CHECK(is(two_codes.diagnostic, Mistake::two_bottlenecks, "two", shape_of(batch, 3), shape_of(batch, 2)));
  CHECK(is(bypassed.diagnostic, Mistake::bottleneck_is_bypassed, "skip", shape_of(batch, 5), shape_of(batch, 2)));
  CHECK(is(named_twice.diagnostic, Mistake::duplicate_name, "a"));
  CHECK(is(sums.diagnostic, Mistake::shapes_differ, "wide", shape_of(batch, 4), shape_of(batch, 5)));
  CHECK(
      is(width_negative.diagnostic, Mistake::size_not_positive, "code", shape_of(batch, -3), shape_of(batch, 1)));
  CHECK(is(pictures.diagnostic, Mistake::not_a_row, "code", shape_of(batch, 2, 5), shape_of(batch, 10)));
}

TEST_CASE("the same checks at run time") {
  Scope g;
  const Tensor x = g.input<5>("x");
  const Tensor skip = dense<5>(x, "skip");
  g.output(dense<5>(bottleneck(dense<2>(x, "code")), "out") + skip, "reconstruction");
  declare::check_bottleneck(g);
  CHECK(is(g.diagnostic(), Mistake::bottleneck_is_bypassed, "skip", shape_of(batch, 5), shape_of(batch, 2)));
}

TEST_CASE("a graph larger than its capacity is a mistake, not a graph cut short") {
  Scope g;
  g.output(dense<5>(bottleneck(dense<2>(g.input<5>("x"), "code")), "out"), "reconstruction");
  const auto model = declare::finish<5>(g);
  CHECK(model.diagnostic.mistake == Mistake::graph_too_large);
  CHECK(model.diagnostic.first == shape_of(g.size()));
  CHECK(model.graph.size == 0);
}

TEST_CASE("a skip connection inside the encoder is no bypass") {
  constexpr auto model = graph([](Scope& g) {
    auto x = g.input<5>("x");
    auto h = dense<5>(x, "h");
    return dense<5>(bottleneck(dense<2>(h + x, "code")), "out");
  });
  static_assert(!model.diagnostic);
  CHECK_FALSE(model.diagnostic);
}
