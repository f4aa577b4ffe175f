// Steps in turns: in double precision they are plain steps that follow each other.
#include <isthmus/plan/stages.hpp>

#include "differentiate/turn_models.hpp"
#include "support/catch.hpp"
#include "support/reference.hpp"

#include <map>

using namespace isthmus;
using namespace isthmus::testing;

namespace {

constexpr int count(GraphView graph, Op op) {
  int found = 0;
  for (const Node& node : graph) found += node.op == op;
  return found;
}

using Values = std::map<std::string, std::vector<double>>;

template <class M>
reference::Interpreter step_of(int samples) {
  reference::Interpreter step(plan::source<M, Role::train>, samples);
  for (std::size_t e = 0; e < step.named("x").values.size(); ++e) step.named("x").values[e] = uniform(3, e, 0, 1);
  return step;
}
std::vector<std::string> names_of(reference::Interpreter& step, Op op) {
  std::vector<std::string> names;
  for (int i = 0; i < step.size(); ++i)
    if (step.node(i).op == op) names.push_back(full_name(step.node(i).label));
  return names;
}

/// A step by itself, on parameters that others change as well.
struct PlainStep {
  reference::Interpreter step;
  double rate;
  std::string turn;

  double take(Values& parameters, int number) {
    for (const std::string& name : names_of(step, Op::parameter)) step.named(name).values = parameters.at(name);
    step.run(number, rate);
    step.commit();
    for (const std::string& name : names_of(step, Op::parameter)) parameters.at(name) = step.named(name).values;
    return step.scalar("loss");
  }
};

}  // namespace

TEST_CASE("turns are plain steps that follow each other") {
  constexpr int samples = 5;
  reference::Interpreter turns = step_of<InTurns>(samples);
  Values parameters;
  std::uint32_t stream = 20;
  for (const std::string& name : names_of(turns, Op::parameter)) {
    std::vector<double>& values = turns.named(name).values;
    for (std::size_t e = 0; e < values.size(); ++e) values[e] = uniform(stream, e, -0.3, 0.3);
    parameters[name] = values;
    ++stream;
  }
  PlainStep plain[] = {{step_of<FirstAlone>(samples), double{0.01f}, "autoencode"},
                       {step_of<SecondAlone>(samples), double{0.02f}, "discriminate"},
                       {step_of<ThirdAlone>(samples), double{0.3f}, "confuse"}};
  for (int step = 1; step <= 4; ++step) {
    INFO("step " << step);
    turns.run(step, double{0.01f});
    turns.commit();
    for (PlainStep& one : plain) CHECK(one.take(parameters, step) == turns.scalar(one.turn));
    CHECK(turns.scalar("loss") == turns.scalar("autoencode"));
    CHECK(plain[0].step.scalar("bce") == turns.scalar("bce"));
    for (const auto& [name, values] : parameters) {
      INFO(name);
      CHECK(turns.named(name).values == values);
    }
    for (PlainStep& one : plain)
      for (const std::string& name : names_of(one.step, Op::state)) {
        INFO(name << " of " << one.turn);
        CHECK(turns.named(name + "." + one.turn).values == one.step.named(name).values);
      }
  }
}

TEST_CASE("a parameter is assigned once, and what turns remember is apart") {
  constexpr const auto& graph = plan::source<InTurns, Role::train>;
  // Twelve parameters; two moments of eight by the first turn and of four by the second, a velocity of four.
  static_assert(count(graph, Op::parameter) == 12);
  static_assert(count(graph, Op::state) == 2 * 8 + 2 * 4 + 4);
  static_assert(count(graph, Op::assign) == 12 + 28);
  // The noise and the prior are drawn once.
  static_assert(count(graph, Op::random) == 2);
  // Simplified, the encoder is there for the first turn, and once more as that leaves it, for both others.
  int products = 0;
  for (const Node& node : plan::simplify(GraphView(graph)).nodes)
    products += node.op == Op::matmul && node.label == Label{"enc"} && node.shape.has_batch();
  CHECK(products == 2);
}

namespace {

struct OneTurn : InTurns {
  static constexpr auto training = train(
      model, in_turns(turn("all", mean_squared_error, adam{}).of("enc", "code", "dec", "out")), clip_norm{0.5f});
};
struct NoTurn : InTurns {
  static constexpr auto training = train(model, mean_squared_error, adam{}, clip_norm{0.5f});
};

}  // namespace

TEST_CASE("one turn of all layers is the plain step") {
  const Graph turn = plan::simplify(GraphView(plan::source<OneTurn, Role::train>));
  const Graph plain = plan::simplify(GraphView(plan::source<NoTurn, Role::train>));
  CHECK(count(turn, Op::output) == count(plain, Op::output) + 1);
  for (const Op op : {Op::matmul, Op::elementwise, Op::sum_to, Op::parameter, Op::state, Op::assign, Op::constant})
    CHECK(count(turn, op) == count(plain, op));
}

namespace {

/// Statistics of the batch in the encoder, which all turns read, and in the critic, which is applied twice.
struct Normed {
  static constexpr auto model = autoencoder(encoder(input<7>("x"), dense<9>("enc") | batch_norm("bn") | relu),
                                            bottleneck(dense<2>("code")), decoder(dense<7>("out")));
  static constexpr auto critic =
      network(dense<5>("critic1") | batch_norm("critic_bn", 0.5f) | relu | dropout(0.25f), dense<1>("critic2"));
  static constexpr auto training =
      train(model, in_turns(turn("autoencode", mean_squared_error, sgd{0.1f}).of(encoder_layers, decoder_layers),
                            turn("discriminate", discriminator_loss(critic, "code"), sgd{0.1f}).of(critic),
                            turn("confuse", generator_loss(critic, "code"), sgd{0.1f}).of(encoder_layers)));
};

}  // namespace

TEST_CASE("statistics of the batch are taken once, in the first turn that computes them") {
  constexpr const auto& graph = plan::source<Normed, Role::train>;
  static_assert(count(graph, Op::by_mode) == 0);
  static_assert(count(graph, Op::parameter) == 6 + 4 + 4 + 4);
  static_assert(count(graph, Op::assign) == count(graph, Op::parameter));
  // Masks of both inputs of the critic in its own turn, and one in the last: two of them are one draw.
  static_assert(count(graph, Op::random) == 1 + 3);

  constexpr int samples = 4;
  reference::Interpreter step = step_of<Normed>(samples);
  std::uint32_t stream = 20;
  for (const std::string& name : names_of(step, Op::parameter)) {
    for (double& value : step.named(name).values) value = uniform(stream++, 0, 0.1, 0.5);
  }
  const std::vector<double> weight = step.named("enc.weight").values, bias = step.named("enc.bias").values;
  const std::vector<double> running = step.named("bn.mean").values;
  step.run(1, double{0.1f});
  step.commit();
  for (std::size_t column = 0; column < 9; ++column) {
    double mean = 0;
    for (std::size_t sample = 0; sample < samples; ++sample) {
      mean += bias[column];
      for (std::size_t k = 0; k < 7; ++k) mean += step.named("x").values[sample * 7 + k] * weight[k * 9 + column];
    }
    const double expected = double{0.99f} * running[column] + double{1.0f - 0.99f} * mean / samples;
    CHECK(relative_error(step.named("bn.mean").values[column], expected) < 1e-12);
  }
}

namespace {

template <class... Turn>
constexpr Diagnostic diagnostic_of(Turn... turns) {
  constexpr GraphView model = InTurns::model.graph;
  const auto all = in_turns(turns...);
  const Builder loss = differentiate::loss_graph(plan::resolve_modes(model, true, true), all);
  if (loss.diagnostic()) return loss.diagnostic();
  return differentiate::turns_graph(loss.view(), all, model).diagnostic();
}
constexpr auto fine = turn("autoencode", mean_squared_error, sgd{}).of(encoder_layers);
constexpr auto other_network = network(dense<8>("critic1"));
constexpr auto of_model = network(dense<90>("enc"));

constexpr bool is(const Diagnostic& found, Mistake mistake, const char* layer, const char* other = "") {
  return found.mistake == mistake && same_text(found.layer, layer) && same_text(found.other, other);
}
constexpr Tensor applies_both(Tensor y, Tensor) {
  return mean(InTurns::critic(layer_of(y, "code"))) + mean(other_network(layer_of(y, "code")));
}
constexpr Tensor applies_to_two_shapes(Tensor y, Tensor) {
  return mean(InTurns::critic(layer_of(y, "code"))) + mean(InTurns::critic(y));
}
constexpr Tensor applies_a_name_of_the_model(Tensor y, Tensor) { return mean(of_model(y)); }

}  // namespace

static_assert(!diagnostic_of(fine));
static_assert(!diagnostic_of(turn("t", mean_squared_error, averaged(sgd{})).of(encoder_layers),
                             turn("u", mean_squared_error, sgd{}).of(encoder_layers)));
static_assert(is(diagnostic_of(turn("t", mean_squared_error, averaged(sgd{})).of("enc"),
                               turn("u", mean_squared_error, averaged(adam{})).of("enc")),
                 Mistake::two_averages, "enc", "weight"));
static_assert(!diagnostic_of(fine, turn("again", mean_squared_error, adam{}).of("enc", decoder_layers)));
static_assert(is(diagnostic_of(turn("t", mean_squared_error, sgd{}).of("enc", "end")), Mistake::unknown_name,
                 "end"));
static_assert(is(diagnostic_of(fine, turn("t", mean_squared_error, sgd{})), Mistake::turn_without_layers, "t"));
static_assert(is(diagnostic_of(fine, turn("t", l1_activity("code"), sgd{}).of("enc", "out")),
                 Mistake::turn_misses_a_layer, "t", "out"));
static_assert(is(diagnostic_of(turn("t", l1_activity("code"), sgd{}).of(decoder_layers)),
                 Mistake::turn_misses_a_layer, "t", "decoder_layers"));
static_assert(is(diagnostic_of(turn("t", mean_squared_error, sgd{}).of(InTurns::critic)), Mistake::unknown_name,
                 "critic1"));
static_assert(is(diagnostic_of(fine, fine), Mistake::turns_of_one_name, "autoencode"));
static_assert(is(diagnostic_of(turn("loss", mean_squared_error, sgd{}).of("enc")), Mistake::duplicate_name,
                 "loss"));
static_assert(is(diagnostic_of(turn("t", applies_both, sgd{}).of("enc")), Mistake::shared_shapes_differ,
                 "critic1"));
static_assert(is(diagnostic_of(turn("t", applies_to_two_shapes, sgd{}).of("enc")), Mistake::shared_shapes_differ,
                 "critic1"));
static_assert(is(diagnostic_of(turn("t", applies_a_name_of_the_model, sgd{}).of("enc")), Mistake::duplicate_name,
                 "enc"));
