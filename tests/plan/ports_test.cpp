// The description of a plan for its callers: made without looking at an operation, so that no caller has to.
#include <isthmus/declare.hpp>
#include <isthmus/plan/ports.hpp>
#include <isthmus/plan/stages.hpp>

#include "support/catch.hpp"

#include <initializer_list>
#include <string>
#include <vector>

using namespace isthmus;
using plan::PlanView;

namespace {

/// Two terms, a side output, numbers that are drawn, Adam's states, and a layer that its loss does not reach.
struct Drawn {
  static constexpr auto model = graph([](Scope& g) {
    auto h = elu(dense<9>(g.input<7>("x"), "h"));
    auto mu = dense<3>(h, "mu");
    auto log_var = dense<3>(h, "log_var");
    return dense<7>(bottleneck(reparameterize(mu, log_var)), "out", bias_constant(0.5f));
  });
  static constexpr auto training =
      train(model, gaussian + gaussian_kl("mu", "log_var"), adam{.learning_rate = 0.25f});
};
/// Its loss looks at the code alone.
struct Greedy {
  static constexpr auto model =
      autoencoder(encoder(input<7>("x"), dense<5>("enc")), bottleneck(dense<3>("code")), decoder(dense<7>("out")));
  static constexpr auto training =
      train(model, [](Tensor y, Tensor) { return mean(square(layer_of(y, "code") - 0.25f)); }, sgd{0.1f});
};

/// An input of every kind, declared in no order.
struct Several {
  static constexpr auto model = graph([](Scope& g) {
    g.weight<1>("importance");
    auto label = g.condition<2>("label");
    g.target<7>("clean");
    auto first = g.input<7>("first");
    auto second = g.input<5>("second");
    auto code = bottleneck(dense<3>(first, "a") + dense<3>(second, "b"));
    g.side_output(dense<4>(code, "head"), "class");
    return dense<7>(code, "out") + dense<7>(label, "out_label");
  });
  static constexpr auto training = train(model, weighted_by("importance", mean_squared_error), sgd{0.1f});
};

template <class M, Role role>
constexpr PlanView planned = plan::planned<M, role>.view();

std::string names_of(const std::vector<plan::NamedOutput>& outputs) {
  std::string names;
  for (const plan::NamedOutput& output : outputs) names += std::string(names.empty() ? "" : " ") + output.name;
  return names;
}

constexpr bool gives(const plan::Ports& ports, HostScalar scalar) {
  for (const plan::GivenScalar& given : ports.given_scalars)
    if (given.scalar == scalar) return true;
  return false;
}

static_assert(plan::trains(planned<Drawn, Role::train>) && !plan::trains(planned<Drawn, Role::evaluate>));
static_assert(plan::ports_of(planned<Drawn, Role::train>).learning_rate == 0.25);
static_assert(plan::ports_of(planned<Drawn, Role::evaluate>).learning_rate == 0);
static_assert(gives(plan::ports_of(planned<Drawn, Role::train>), HostScalar::step));
static_assert(!gives(plan::ports_of(planned<Drawn, Role::encode>), HostScalar::learning_rate));

static_assert(plan::reductions(planned<Drawn, Role::train>).empty());
static_assert(!plan::reductions(planned<Drawn, Role::train_distributed>).empty());

// "enc1.weight.m", as FNV-1a has it for the whole text.
constexpr std::uint32_t hash_of(const char* text) {
  std::uint32_t hash = 2166136261u;
  for (; *text != 0; ++text) hash = (hash ^ static_cast<unsigned char>(*text)) * 16777619u;
  return hash;
}
static_assert(plan::stream_of({"enc1", "weight", "m"}) == hash_of("enc1.weight.m"));
static_assert(plan::stream_of({"enc1", "weight", ""}) == hash_of("enc1.weight"));
static_assert(plan::stream_of({"enc1", "", ""}) == hash_of("enc1"));

}  // namespace

TEST_CASE("a plan's ports are the caller's memory and what has a name") {
  const plan::Ports step = plan::ports_of(planned<Drawn, Role::train>);
  REQUIRE(step.inputs.size() == 1);
  CHECK(std::string(step.inputs[0].name) == "x");
  CHECK(step.inputs[0].size == 7);
  CHECK(planned<Drawn, Role::train>.values[step.inputs[0].value].storage == plan::Storage::external_input);
  CHECK(step.output == -1);
  const std::string terms = names_of(step.scalar_outputs);
  CHECK(terms.ends_with(" loss"));
  CHECK(step.scalar_outputs.size() == 3);
  CHECK(step.side_outputs.empty());
  const plan::Ports half = plan::ports_of(planned<Drawn, Role::encode>);
  CHECK(half.scalar_outputs.empty());
  CHECK(names_of(half.side_outputs) == "log_var");
  REQUIRE(half.output >= 0);
  CHECK(half.output != half.side_outputs.front().value);
  CHECK(planned<Drawn, Role::encode>.values[half.output].columns == 3);
}

namespace {

constexpr bool has_inputs(Role role, std::initializer_list<const char*> names) {
  const PlanView plan = role == Role::train    ? planned<Several, Role::train>
                        : role == Role::encode ? planned<Several, Role::encode>
                        : role == Role::decode ? planned<Several, Role::decode>
                                               : planned<Several, Role::reconstruct>;
  const std::vector<plan::InputPort> inputs = plan::inputs_of(plan);
  if (inputs.size() != names.size()) return false;
  std::size_t i = 0;
  for (const char* const name : names)
    if (!same_text(inputs[i++].name, name)) return false;
  return true;
}
static_assert(has_inputs(Role::train, {"first", "second", "label", "clean", "importance"}));
static_assert(has_inputs(Role::encode, {"first", "second"}));
static_assert(has_inputs(Role::decode, {"code", "label"}));
static_assert(has_inputs(Role::reconstruct, {"first", "second", "label"}));

}  // namespace

TEST_CASE("inputs come by what they are for, and each part has those of its side") {
  CHECK(has_inputs(Role::train, {"first", "second", "label", "clean", "importance"}));
  CHECK(has_inputs(Role::decode, {"code", "label"}));
  const plan::Ports decoder = plan::ports_of(planned<Several, Role::decode>);
  CHECK(names_of(decoder.side_outputs) == "class");
  CHECK(plan::ports_of(planned<Several, Role::encode>).side_outputs.empty());
  CHECK(decoder.inputs[1].kind == PortKind::condition);
  CHECK(decoder.inputs[1].size == 2);
}

TEST_CASE("a plan keeps its parameters, and its optimizer's states where it trains") {
  int parameters = 0, states = 0;
  for (const plan::KeptTensor& tensor : plan::kept_tensors(planned<Drawn, Role::train>)) {
    ++(tensor.is_state ? states : parameters);
    if (tensor.is_state || !(tensor.label == Label{"out", "bias", ""})) continue;
    CHECK(tensor.initializer == &Initializer::constant);
    CHECK(tensor.initial == 0.5f);
    CHECK(tensor.shape == shape_of(7));
  }
  CHECK(parameters == 8);
  CHECK(states == 16);
  const auto of_half = plan::kept_tensors(planned<Drawn, Role::decode>);
  CHECK(of_half.size() == 2);
}

TEST_CASE("parameters that no loss reaches are named") {
  CHECK(plan::untrained_parameters(planned<Drawn, Role::train>).empty());
  const std::vector<Label> untrained = plan::untrained_parameters(planned<Greedy, Role::train>);
  REQUIRE(untrained.size() == 2);
  CHECK(untrained[0] == Label{"out", "weight", ""});
  CHECK(untrained[1] == Label{"out", "bias", ""});
}
