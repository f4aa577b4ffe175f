// Steps in turns by the kernels: the bits of plain steps that follow each other, on any number of threads, under
// every policy, after a restart, within a memory budget; halves that know nothing of the critic.
#define ISTHMUS_ALLOW_SCALAR
#include <isthmus/lower/here.hpp>
#include <isthmus/run/check_gradients.hpp>
#include <isthmus/schedule/policy.hpp>

#include "differentiate/turn_models.hpp"
#include "run_room/flow_graph_visible.hpp"
#include "run_room/sessions.hpp"
#include "support/catch.hpp"

#include <oneapi/tbb/global_control.h>
#include <oneapi/tbb/task_arena.h>

using namespace isthmus;
using namespace isthmus::testing;

namespace {

constexpr int samples = 65, steps = 4;

/// The tensors with these values in place of those of the same name.
std::vector<NamedTensor> replaced(std::vector<NamedTensor> tensors, const std::vector<NamedTensor>& values) {
  for (NamedTensor& tensor : tensors)
    for (const NamedTensor& value : values)
      if (tensor.name == value.name) tensor.values = value.values;
  return tensors;
}

/// One plain step on the parameters that all share; what the optimizer remembers stays with the trainer.
template <class M>
double step_on(std::vector<NamedTensor>& parameters, Trainer<M, samples>& trainer, const std::vector<float>& x) {
  trainer.write(replaced(trainer.read(true), parameters), true, trainer.steps(), "the step before");
  const double loss = trainer.step(x);
  parameters = replaced(parameters, trainer.read(false));
  return loss;
}

}  // namespace

TEST_CASE("turns have the bits of plain steps that follow each other") {
  const std::vector<float> x = samples_of<InTurns>(samples);
  Trainer<InTurns, samples> turns(5);
  Trainer<FirstAlone, samples> first(5);
  Trainer<SecondAlone, samples> second(5);
  Trainer<ThirdAlone, samples> third(5);
  turns.initialize_from_data(0.4);
  std::vector<NamedTensor> parameters = turns.read(false);
  CHECK(turns.terms() == std::vector<std::string>{"bce", "l1", "autoencode", "discriminate", "confuse"});
  for (int step = 0; step < steps; ++step) {
    INFO("step " << step);
    const double loss = turns.step(x);
    CHECK(step_on(parameters, first, x) == loss);
    CHECK(turns.last_terms()[2] == loss);
    CHECK(step_on(parameters, second, x) == turns.last_terms()[3]);
    CHECK(step_on(parameters, third, x) == turns.last_terms()[4]);
    CHECK(same_bits(turns.read(false), parameters));
  }
  CHECK(turns.untrained().empty());
  // Where nothing is trained the losses are those of the same parameters.
  const double loss = turns.evaluate(x);
  CHECK(turns.last_terms()[2] == loss);
  second.write(replaced(second.read(true), parameters), true, steps, "turns");
  CHECK(second.evaluate(x) == turns.last_terms()[3]);
}

TEST_CASE("turns have the same bits on any number of threads and under every policy") {
  const tbb::global_control allow(tbb::global_control::max_allowed_parallelism, 4);
  const std::vector<float> x = samples_of<InTurns>(samples);
  const auto train = [&](TrainerCore& trainer) {
    for (int step = 0; step < steps; ++step) trainer.step(x);
    return trainer.read(true);
  };
  Trainer<InTurns, samples> plain(1);
  plain.set_threads(Threads::none());
  const std::vector<NamedTensor> expected = train(plain);
  for (const schedule::NamedPolicy& policy : schedule::policies()) {
    if (policy.name == "flow_graph" && !is_flow_graph_visible) continue;
    for (const int workers : {1, 2, 4}) {
      INFO(policy.name << " for " << workers);
      Trainer<InTurns, samples> trainer(1);
      const schedule::TaskGraph& graph = trainer.training_session().executor().graph();
      schedule::Costs costs = schedule::estimate_costs(graph);
      schedule::add_memory(costs, trainer.training_session().program().plan, graph, samples);
      trainer.follow(schedule::make_schedule(policy, graph, costs, workers));
      tbb::task_arena arena(workers);
      CHECK(same_bits(arena.execute([&] { return train(trainer); }), expected));
    }
  }
}

TEST_CASE("turns go on where they stopped, bit for bit, and restart alike") {
  const std::vector<float> x = samples_of<InTurns>(samples);
  Trainer<InTurns, samples> whole(1), stopped(1), resumed(99);
  for (int step = 0; step < 2 * steps; ++step) whole.step(x);
  for (int step = 0; step < steps; ++step) stopped.step(x);
  resumed.restore(stopped.state(), "stopped");
  for (int step = 0; step < steps; ++step) resumed.step(x);
  CHECK(same_bits(resumed.read(true), whole.read(true)));
}

TEST_CASE("a host's rate is that of the first turn, and the others keep their ratio to it") {
  const std::vector<float> x = samples_of<InTurns>(samples);
  Trainer<InTurns, samples> trainer(1);
  CHECK(trainer.learning_rate() == static_cast<double>(0.01f));
  trainer.initialize_from_data(0.4);
  const std::vector<NamedTensor> started = trainer.read(false);
  trainer.set_learning_rate(0);
  trainer.step(x);
  CHECK(same_bits(trainer.read(false), started));
}

namespace {

/// The same within the least memory that can be had.
struct Frugal : InTurns {
  static constexpr auto training = train(model, InTurns::training.loss, memory_budget<416'000, samples>);
};
/// A layer that no turn has, and gradients that are clipped.
struct Partly : InTurns {
  static constexpr auto training =
      train(model,
            in_turns(turn("autoencode", mean_squared_error, sgd{0.1f}).of("dec", "out"),
                     turn("discriminate", discriminator_loss(critic, "code"), sgd{0.1f}).of("critic2")),
            clip_norm{0.01f}, precision<bf16>);
};

}  // namespace

TEST_CASE("turns keep within a budget, with the same bits") {
  const std::vector<float> x = samples_of<InTurns>(samples);
  Trainer<InTurns, samples> generous(1);
  Trainer<Frugal, samples> frugal(1);
  CHECK(frugal.arena_bytes() < generous.arena_bytes());
  for (int step = 0; step < steps; ++step) CHECK(frugal.step(x) == generous.step(x));
  CHECK(same_bits(frugal.read(true), generous.read(true)));
}

TEST_CASE("what no turn trains is reported, and keeps its values; each turn's gradient is clipped") {
  const std::vector<float> x = samples_of<InTurns>(samples);
  Trainer<Partly, samples> trainer(1);
  trainer.initialize_from_data(0.4);
  CHECK(trainer.untrained() == std::vector<std::string>{"enc.weight", "enc.bias", "code.weight", "code.bias",
                                                        "critic1.weight", "critic1.bias"});
  const std::vector<NamedTensor> before = trainer.read(false);
  trainer.step(x);
  double moved_first = 0, moved_second = 0;
  const std::vector<NamedTensor> after = trainer.read(false);
  for (std::size_t t = 0; t < before.size(); ++t)
    for (std::size_t i = 0; i < before[t].values.size(); ++i) {
      const double change = double{after[t].values[i]} - double{before[t].values[i]};
      (before[t].name.starts_with("critic") ? moved_second : moved_first) += change * change;
    }
  // The rate times the norm.
  CHECK(relative_error(std::sqrt(moved_first), 0.001) < 1e-3);
  CHECK(relative_error(std::sqrt(moved_second), 0.001) < 1e-3);
}

TEST_CASE("the halves of a model that is trained in turns know nothing of the critic") {
  const std::vector<float> x = samples_of<InTurns>(samples);
  Trainer<InTurns, samples> trainer(1);
  for (int step = 0; step < steps; ++step) trainer.step(x);
  const Encoder<InTurns, samples> encoder(trainer);
  const Decoder<InTurns, samples> decoder(trainer);
  for (const std::vector<NamedTensor>& half : {encoder.read(), decoder.read()})
    for (const NamedTensor& tensor : half) CHECK(!tensor.name.starts_with("critic"));
}

namespace {

/// Without kinks, at which differences are none of gradients.
struct Smooth {
  static constexpr auto model =
      autoencoder(encoder(input<13>("x"), dense<11>("enc") | isthmus::tanh), bottleneck(dense<3>("code")),
                  decoder(dense<11>("dec") | isthmus::tanh, dense<13>("out") | sigmoid));
  static constexpr auto critic = network(dense<7>("critic1") | isthmus::tanh, dense<1>("critic2"));
  static constexpr auto training =
      train(model, in_turns(turn("autoencode", binary_cross_entropy, adam{}).of(encoder_layers, decoder_layers),
                            turn("discriminate", discriminator_loss(critic, "code"), adam{}).of(critic),
                            turn("confuse", generator_loss(critic, "code"), adam{}).of("enc", "code")));
};

}  // namespace

TEST_CASE("check_gradients checks those of every turn") {
  const std::vector<GradientError> errors = check_gradients<Smooth>(samples_of<Smooth>(16));
  CHECK(errors.size() == 8 + 4 + 4);
  CHECK(errors.back().parameter == "critic2.bias.discriminate");
  for (const GradientError& one : errors) {
    INFO(one.parameter);
    CHECK(one.error < 1e-2);
  }
}
