// The words for sequences: what they write, whatever the number of steps, and mistakes with the layer's name.
#include <isthmus/plan/stages.hpp>

#include "declare/words.hpp"
#include "support/catch.hpp"

using namespace isthmus;
using namespace isthmus::testing;

namespace {

static_assert(shape_after<7, 3>(lstm<5>("a")) == shape_of(batch, 7, 5));
static_assert(shape_after<7, 3>(gru<5>("a", reversed)) == shape_of(batch, 7, 5));
static_assert(shape_after<7, 3>(bidirectional(lstm<5>("a"))) == shape_of(batch, 7, 10));
static_assert(shape_after<7, 3>(last) == shape_of(batch, 3));
static_assert(shape_after<3>(repeat<7>) == shape_of(batch, 7, 3));
static_assert(shape_after<3>(repeat<7> | lstm<5>("a") | last) == shape_of(batch, 5));

static_assert(same_in_all_notations<7, 3>(lstm<5>("a"), [](Tensor x) { return lstm<5>(x, "a"); }));
static_assert(same_in_all_notations<7, 3>(gru<5>("a", reversed),
                                          [](Tensor x) { return gru<5>(x, "a", reversed); }));

constexpr bool has_parameters_of_keras() {
  const Written a = write<7, 3>(lstm<5>("a")), b = write<7, 3>(gru<5>("b"));
  return a.parameter("weight").shape == shape_of(3, 20) &&
         a.parameter("recurrent_weight").shape == shape_of(5, 20) &&
         starts(a.parameter("weight"), Initializer::glorot_uniform) &&
         starts(a.parameter("bias"), Initializer::unit_forget_bias, 5) &&
         b.parameter("recurrent_bias").shape == shape_of(15) && starts(b.parameter("bias"), Initializer::zeros) &&
         a.only(Op::recurrence).attribute.as<RecurrentCell>() == RecurrentCell::lstm &&
         b.only(Op::recurrence).attribute.as<RecurrentCell>() == RecurrentCell::gru;
}
static_assert(has_parameters_of_keras());

constexpr bool has_two_directions() {
  const Written both = write<7, 3>(bidirectional(gru<5>("a")));
  int reversed_cells = 0;
  for (const Node& node : both.graph.nodes) reversed_cells += node.op == Op::recurrence && node.reversed;
  return both.count(Op::recurrence) == 2 && reversed_cells == 1 && both.count(Op::parameter) == 8 &&
         both.parameter("forward.weight").shape == both.parameter("backward.weight").shape;
}
static_assert(has_two_directions());

/// A model of so many steps.
template <int steps>
struct OfSteps {
  static constexpr auto model =
      autoencoder(encoder(input<steps, 1>("x"), lstm<8>("enc") | last), bottleneck(dense<2>("code")),
                  decoder(repeat<steps>, gru<8>("dec"), dense<1>("out", each_row)));
  static constexpr auto training = train(model, mean_squared_error, adam{});
};
template <int steps>
constexpr auto& plan_of_steps = plan::planned<OfSteps<steps>, Role::train>;

/// Neither the graph nor its gradient, nor the plan, grows with the number of steps.
static_assert(plan_of_steps<24>.view().graph.size == plan_of_steps<1000>.view().graph.size);
static_assert(plan_of_steps<24>.view().group_count == plan_of_steps<1000>.view().group_count);

template <int... Dims, class L>
constexpr Diagnostic mistake_of(L layer) {
  return write<Dims...>(layer).diagnostic;
}
static_assert(is(mistake_of<6>(lstm<5>("a")), Mistake::not_a_sequence, "a", shape_of(batch, 6),
                 shape_of(batch, 1, 6)));
static_assert(is(mistake_of<4, 4, 2>(bidirectional(gru<5>("a"))), Mistake::not_a_sequence, "a"));
static_assert(mistake_of<6>(last).mistake == Mistake::not_a_sequence);
static_assert(mistake_of<6, 2>(repeat<3>).mistake == Mistake::not_a_row);
static_assert(is(mistake_of<6, 2>(lstm<0>("a")), Mistake::size_not_positive, "a"));
static_assert(is(mistake_of<6, 2>(lstm<20'000>("a")), Mistake::row_too_long, "a"));

}  // namespace

TEST_CASE("recurrent words write the same at run time as in the compiler") {
  CHECK(has_parameters_of_keras());
  CHECK(has_two_directions());
  CHECK(is(mistake_of<6>(lstm<5>("a")), Mistake::not_a_sequence, "a", shape_of(batch, 6), shape_of(batch, 1, 6)));
}

TEST_CASE("the bias of an LSTM starts at 1 for the forget gate and at 0 for the others") {
  for (const std::int64_t element : {0, 4, 5, 9, 10, 19}) {
    InitialValue at;
    at.value = 5;
    at.element = element;
    CHECK(Initializer::unit_forget_bias.start(at) == (element == 5 || element == 9 ? 1.0f : 0.0f));
  }
}
