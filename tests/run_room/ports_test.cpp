// Models with several inputs on every SIMD target: against the double-precision reference, in halves, at any
// number of threads, and what is wrong with the ports that they are given.
#include <isthmus/error.hpp>

#include "run_room/drawn.hpp"
#include "run_room/port_models.hpp"
#include "run_room/sessions.hpp"
#include "support/catch.hpp"
#include "support/port_values.hpp"
#include "support/reference.hpp"
#include "support/targets.hpp"

#include <oneapi/tbb/global_control.h>

#include <limits>

using namespace isthmus;
using namespace isthmus::testing;

namespace {

template <class M, Role role>
reference::Interpreter reference_of(const TrainerCore& trainer, const GivenPorts& given, int samples) {
  reference::Interpreter graph(plan::source<M, role>, samples);
  for (const NamedTensor& tensor : trainer.read(role == Role::train))
    graph.named(tensor.name).values.assign(tensor.values.begin(), tensor.values.end());
  for (const PortValues& port : given.ports)
    graph.named(std::string(port.port)).values.assign(port.values.begin(), port.values.end());
  return graph;
}

template <class M>
void compare_training(int samples) {
  INFO("batch " << samples);
  TrainerCore trainer = trainer_of<M>(samples, 5);
  const GivenPorts given(trainer.inputs(), samples);
  trainer.initialize_from_data(0.4);
  reference::Interpreter graph = reference_of<M, Role::train>(trainer, given, samples);
  for (std::uint32_t step = 1; step <= 3; ++step) {
    graph.draw = [=](const Node& node, std::size_t element) { return drawn(node, element, 5, step); };
    graph.run(step, trainer.learning_rate());
    CHECK(relative_error(trainer.step(given.ports), graph.scalar("loss"), 1e-3) < 1e-5);
    for (std::size_t i = 0; i < trainer.terms().size(); ++i) {
      INFO(trainer.terms()[i]);
      CHECK(relative_error(trainer.last_terms()[i], graph.scalar(trainer.terms()[i]), 1e-3) < 1e-5);
    }
    graph.commit();
  }
  for (const NamedTensor& tensor : trainer.read(true)) {
    INFO(tensor.name);
    CHECK(largest_error(tensor.values, graph.named(tensor.name).values, 1e-2) < 1e-3);
  }
  reference::Interpreter loss = reference_of<M, Role::evaluate>(trainer, given, samples);
  loss.draw = [=](const Node& node, std::size_t element) { return drawn(node, element, 5, 0); };
  loss.run(run::end_of_schedules);
  CHECK(relative_error(trainer.evaluate(given.ports), loss.scalar("loss"), 1e-3) < 1e-5);
}

std::vector<PortValues> of_program(const InferenceCore& core, const GivenPorts& given,
                                   std::span<const float> code) {
  std::vector<PortValues> ports;
  for (const plan::InputPort& input : core.inputs())
    for (const PortValues& port : given.ports)
      if (port.port == input.name) ports.push_back(port);
  if (!code.empty()) ports.push_back({"code", code});
  return ports;
}

template <class M>
void compare_halves() {
  constexpr int samples = 17;
  TrainerCore trainer = trainer_of<M>(samples, 3);
  const GivenPorts given(trainer.inputs(), samples);
  for (int i = 0; i < 3; ++i) trainer.step(given.ports);
  InferenceCore whole = part_of<M, Role::reconstruct>(trainer, samples);
  InferenceCore encoder = part_of<M, Role::encode>(trainer, samples);
  InferenceCore decoder = part_of<M, Role::decode>(trainer, samples);
  const auto room = [](const InferenceCore& core) {
    return std::vector<float>(static_cast<std::size_t>(samples * core.output_size()), -7.0f);
  };
  std::vector<float> y = room(whole), code = room(encoder), z = room(decoder);
  whole.run(of_program(whole, given, {}), y);
  encoder.run(of_program(encoder, given, {}), code);
  decoder.run(of_program(decoder, given, code), z);
  CHECK(y == z);
  for (const std::string& name : decoder.session().side_outputs()) {
    INFO(name);
    const auto a = whole.side_output(name), b = decoder.side_output(name);
    CHECK(std::equal(a.begin(), a.end(), b.begin(), b.end()));
  }
}

template <class M>
std::vector<NamedTensor> trained_on(int threads) {
  const oneapi::tbb::global_control control(oneapi::tbb::global_control::max_allowed_parallelism,
                                            static_cast<std::size_t>(threads));
  TrainerCore trainer = trainer_of<M>(33, 3);
  const GivenPorts given(trainer.inputs(), 33);
  for (int i = 0; i < 4; ++i) trainer.step(given.ports);
  return trainer.read(true);
}

std::vector<std::string> names_of(const std::vector<plan::InputPort>& inputs) {
  std::vector<std::string> names;
  for (const plan::InputPort& port : inputs) names.emplace_back(port.name);
  return names;
}
using Names = std::vector<std::string>;

template <class Action>
std::string refused(Action action) {
  try {
    action();
    return "no error";
  } catch (const Error& error) {
    return error.what();
  }
}

}  // namespace

#define ISTHMUS_TRAIN(M)                                                 \
  TEST_CASE("a model of several inputs trains as said: " #M) {           \
    for_each_target([] {                                                 \
      for (const int samples : {1, 5, 33}) compare_training<M>(samples); \
    });                                                                  \
  }
ISTHMUS_TEST_PORTS(ISTHMUS_TRAIN)

TEST_CASE("the halves of a model of several inputs are the whole, conditions given to both") {
  for_each_target([] {
    compare_halves<Paired>();
    compare_halves<Conditional>();
    compare_halves<Joint>();
    compare_halves<Pictures>();
    compare_halves<Tokens>();
  });
}

TEST_CASE("several codes go from the encoder to the decoder by their names, and the halves are the whole") {
  constexpr int samples = 17;
  for_each_target([] {
    TrainerCore trainer = trainer_of<Levels>(samples, 3);
    const std::vector<float> x = floats(samples * 13, 3, 0, 1);
    for (int i = 0; i < 3; ++i) trainer.step(x);
    InferenceCore whole = part_of<Levels, Role::reconstruct>(trainer, samples);
    InferenceCore encoder = part_of<Levels, Role::encode>(trainer, samples);
    InferenceCore decoder = part_of<Levels, Role::decode>(trainer, samples);
    CHECK(encoder.output_size() == 2);
    CHECK(encoder.session().side_outputs() == Names{"fine", "log_var"});
    CHECK(names_of(decoder.inputs()) == Names{"code", "fine"});
    CHECK(whole.session().side_outputs().empty());
    std::vector<float> y(x.size()), coarse(samples * 2), z(x.size());
    whole.run(x, y);
    encoder.run(x, coarse);
    const auto fine = encoder.side_output("fine");
    decoder.run(std::vector<PortValues>{{"code", coarse}, {"fine", fine}}, z);
    CHECK(y == z);
  });
}

TEST_CASE("several inputs: the same bits at any number of threads") {
  CHECK(same_bits(trained_on<Conditional>(1), trained_on<Conditional>(2)));
  CHECK(same_bits(trained_on<Joint>(1), trained_on<Joint>(4)));
  CHECK(same_bits(trained_on<Pictures>(1), trained_on<Pictures>(2)));
  CHECK(same_bits(trained_on<Tokens>(1), trained_on<Tokens>(2)));
}

TEST_CASE("a program has the inputs of its side: data first, then conditions, targets and weights") {
  TrainerCore joint = trainer_of<Joint>(3);
  CHECK(names_of(joint.inputs()) == Names{"sound", "light", "class", "mask", "importance"});
  TrainerCore conditional = trainer_of<Conditional>(3);
  CHECK(names_of(conditional.inputs()) == Names{"x", "label", "place"});
  CHECK(names_of(part_of<Conditional, Role::encode>(conditional, 3).inputs()) == Names{"x", "label"});
  CHECK(names_of(part_of<Conditional, Role::decode>(conditional, 3).inputs()) == Names{"code", "label", "place"});
  CHECK(names_of(part_of<Conditional, Role::reconstruct>(conditional, 3).inputs()) ==
        Names{"x", "label", "place"});
  CHECK(names_of(part_of<Joint, Role::encode>(joint, 3).inputs()) == Names{"sound", "light"});
  CHECK(names_of(part_of<Joint, Role::decode>(joint, 3).inputs()) == Names{"code"});
  CHECK(part_of<Joint, Role::encode>(joint, 3).session().side_outputs().empty());
  CHECK(part_of<Joint, Role::decode>(joint, 3).session().side_outputs() == Names{"probability", "sound"});
}

TEST_CASE("the compiler knows the ports: in any order, and what starts from data starts from the target") {
  const std::vector<float> noisy(5 * 13, 0.25f), clean(5 * 13, 0.75f);
  Trainer<Paired, 5> trainer(1), swapped(1);
  CHECK(trainer.step(ports<"noisy", "clean">(noisy, clean)) ==
        swapped.step(ports<"clean", "noisy">(clean, noisy)));
  CHECK(same_bits(trainer.read(true), swapped.read(true)));
  const double logit = std::log(0.75 / 0.25);
  Trainer<Paired, 5> fresh(1);
  fresh.set_learning_rate(0);
  fresh.step(ports<"noisy", "clean">(noisy, clean));
  const std::vector<NamedTensor> parameters = fresh.read(false);
  for (const float bias : values_of(parameters, "out.bias"))
    CHECK(relative_error(static_cast<double>(bias), logit) < 1e-5);
}

TEST_CASE("the noise that the graph would draw, given in the data beside a target, gives the same bits") {
  constexpr int samples = 17;
  const GraphView step = plan::source<Blanking, Role::train>;
  const auto noise =
      std::find_if(step.begin(), step.end(), [](const Node& node) { return node.op == Op::random; });
  REQUIRE(noise != step.end());
  for_each_target([&] {
    TrainerCore in_graph = trainer_of<Blanking>(samples, 5), in_data = trainer_of<Blanked>(samples, 5);
    const std::vector<float> x = floats(samples * 13, 3, 0, 1);
    for (std::uint32_t number = 1; number <= 4; ++number) {
      std::vector<float> blanked = x;
      for (std::size_t i = 0; i < x.size(); ++i)
        if (!(static_cast<float>(drawn(*noise, i, 5, number)) > 0.4f)) blanked[i] = 0;
      const std::vector<PortValues> given{{"blanked", blanked}, {"x", x}};
      CHECK(in_graph.step(x) == in_data.step(given));
    }
    CHECK(same_bits(in_graph.read(true), in_data.read(true)));
  });
}

TEST_CASE("indices are whole numbers below the number of classes, and nothing else is trained on") {
  TrainerCore trainer = trainer_of<Tokens>(4);
  GivenPorts given(trainer.inputs(), 4);
  CHECK(trainer.inputs()[0].classes == 21);
  CHECK(trainer.inputs()[1].classes == 4);
  const auto refusal = [&](std::size_t port, std::size_t at, float bad) {
    const float good = std::exchange(given.values[port][at], bad);
    const std::string text = refused([&] { trainer.step(given.ports); });
    given.values[port][at] = good;
    return text;
  };
  CHECK(refusal(0, 7, 21) ==
        "port \"tokens\": sample 1, value 2: expected a whole number from 0 to 20, found 21.000000");
  CHECK(refusal(1, 2, 0.5f) ==
        "port \"label\": sample 2, value 0: expected a whole number from 0 to 3, found 0.500000");
  CHECK(refusal(1, 0, -1).find("found -1.0") != std::string::npos);
  CHECK(refusal(1, 0, NAN).find("found nan") != std::string::npos);
  CHECK(trainer.steps() == 0);
  // As integers they are the same.
  const std::vector<std::int32_t> tokens(given.values[0].begin(), given.values[0].end());
  const std::vector<std::int32_t> labels(given.values[1].begin(), given.values[1].end());
  TrainerCore other = trainer_of<Tokens>(4);
  CHECK(trainer.step(given.ports) ==
        other.step(std::vector<PortValues>{{"tokens", {}, tokens}, {"label", {}, labels}}));
  CHECK(same_bits(trainer.read(true), other.read(true)));
  Trainer<Tokens, 4> checked(1), by_name(1);
  CHECK(checked.step(ports<"tokens", "label">(tokens, labels)) == by_name.step(given.ports));
  TrainerCore numbers = trainer_of<Paired>(4);
  const std::vector<float> clean(13);
  CHECK(refused([&] {
          numbers.step(std::vector<PortValues>{{"noisy", {}, std::vector<std::int32_t>(13)}, {"clean", clean}});
        }) == "port \"noisy\": expected numbers, found indices");
  // In use what is no index gives NaN, and no other memory is read.
  InferenceCore decoder = part_of<Tokens, Role::decode>(trainer, 2);
  std::vector<float> y(2 * 105);
  decoder.run(
      std::vector<PortValues>{{"code", std::vector<float>(6, 0.5f)}, {"label", std::vector<float>{1e9f, 3}}}, y);
  CHECK(std::isnan(y[0]));
  CHECK(std::isfinite(y[105]));
}

TEST_CASE("missing values are as values that are filled in, and that do not count") {
  constexpr int samples = 17;
  const float missing = std::numeric_limits<float>::quiet_NaN();
  for_each_target([&] {
    TrainerCore gaps = trainer_of<Gaps>(samples, 5), filled = trainer_of<Filled>(samples, 5);
    for (std::uint32_t number = 0; number < 4; ++number) {
      std::vector<float> x = floats(samples * 13, 3 + number, 0, 1), zeros = x, present(x.size(), 1.0f);
      for (std::size_t i = number; i < x.size(); i += 1 + i % 5) x[i] = missing, zeros[i] = present[i] = 0;
      const std::vector<PortValues> given{{"x", zeros}, {"present", present}, {"counts", present}};
      CHECK(gaps.evaluate(x) == filled.evaluate(given));
      CHECK(gaps.step(x) == filled.step(given));
    }
    CHECK(same_bits(gaps.read(true), filled.read(true)));
    const std::vector<float> nothing(samples * 13, missing);
    CHECK(gaps.evaluate(nothing) == 0);
  });
}

TEST_CASE("values may be missing where the model says so, and infinite nowhere") {
  TrainerCore gaps = trainer_of<Gaps>(4);
  std::vector<float> x(4 * 13, 0.5f);
  x[20] = std::numeric_limits<float>::quiet_NaN();
  gaps.step(x);
  x[30] = std::numeric_limits<float>::infinity();
  CHECK_THROWS_WITH(gaps.step(x), "batch: sample 2, value 4: expected a finite number, found inf");
  CHECK(gaps.steps() == 1);
  CHECK(gaps.inputs().front().may_miss);
  CHECK_FALSE(trainer_of<Filled>(4).inputs().front().may_miss);
  // What starts from the data starts from those that are there.
  Trainer<Logit, 2> trainer(1);
  trainer.set_learning_rate(0);
  const std::vector<float> some{0.75f, NAN, 0.5f, NAN, NAN, 1.0f, NAN, 0.75f};
  trainer.step(some);
  const std::vector<NamedTensor> after = trainer.read(false);
  for (const float bias : values_of(after, "out.bias"))
    CHECK(relative_error(static_cast<double>(bias), std::log(3.0)) < 1e-5);
}

TEST_CASE("samples of several ports where they lie, with gaps between them") {
  constexpr int samples = 3;
  Trainer<Pictures, samples> packed(2), strided(2);
  const GivenPorts given(packed.inputs(), samples);
  const std::vector<int> gaps{40, 32, 5};
  std::vector<std::vector<float>> wide;
  for (std::size_t i = 0; i < 3; ++i) {
    const int size = packed.inputs()[i].size;
    wide.emplace_back(static_cast<std::size_t>(samples * gaps[i]), -99.0f);
    for (int s = 0; s < samples; ++s)
      std::copy_n(given.values[i].begin() + s * size, size, wide[i].begin() + s * gaps[i]);
  }
  const auto at = [&](std::size_t i) { return Samples{wide[i].data(), samples, gaps[i]}; };
  for (int step = 0; step < 3; ++step) {
    const double loss =
        packed.step(ports<"x", "clean", "importance">(given.values[0], given.values[1], given.values[2]));
    const StepResult result = strided.try_step(ports<"x", "clean", "importance">(at(0), at(1), at(2)));
    CHECK(result.fault == Fault::none);
    CHECK(result.loss == loss);
  }
  CHECK(same_bits(packed.read(true), strided.read(true)));
}

TEST_CASE("a mask makes values count or not, and one of zeros gives no loss and changes nothing") {
  TrainerCore trainer = trainer_of<Joint>(7);
  GivenPorts given(trainer.inputs(), 7);
  auto& mask = given.values[3];
  for (std::size_t i = 0; i < mask.size(); ++i) mask[i] = i % 3 == 0 ? 1.0f : 0.0f;
  trainer.evaluate(given.ports);
  const double masked = trainer.last_terms()[0];
  std::fill(mask.begin(), mask.end(), 1.0f);
  trainer.evaluate(given.ports);
  const double all = trainer.last_terms()[0];
  CHECK(masked != all);
  std::fill(mask.begin(), mask.end(), 0.25f);
  trainer.evaluate(given.ports);
  CHECK(relative_error(trainer.last_terms()[0], all) < 1e-6);
  for (std::vector<float>* weights : {&given.values[3], &given.values[4]})
    std::fill(weights->begin(), weights->end(), 0.0f);
  trainer.evaluate(given.ports);
  CHECK(trainer.last_terms()[0] == 0);
  CHECK(trainer.last_terms()[1] == 0);
}

TEST_CASE("targets of samples without weight may be anything") {
  TrainerCore trainer = trainer_of<Pictures>(7);
  GivenPorts given(trainer.inputs(), 7);
  given.values[2][3] = 0;
  const double loss = trainer.evaluate(given.ports);
  for (std::size_t i = 3 * 24; i < 4 * 24; ++i) given.values[1][i] += 100.0f;
  CHECK(trainer.evaluate(given.ports) == loss);
  given.values[1][0] += 100.0f;
  CHECK(trainer.evaluate(given.ports) > 2 * loss);
}

TEST_CASE("every mistake in the ports that are given is named") {
  TrainerCore trainer = trainer_of<Paired>(4);
  const std::vector<float> x(3 * 13, 0.5f), few(2 * 13, 0.5f), odd(14, 0.5f), none;
  const auto text = [&](std::vector<PortValues> values) { return refused([&] { trainer.step(values); }); };
  CHECK(text({{"noisy", x}}) == "port \"clean\": expected values, found none");
  CHECK(text({{"noisy", x}, {"clear", x}}) == "port \"clear\": the model has no input of this name");
  CHECK(text({{"noisy", x}, {"noisy", x}}) == "port \"noisy\": given twice");
  CHECK(text({{"noisy", x}, {"clean", few}}) == "port \"clean\": expected 3 samples as \"noisy\" has, found 2");
  CHECK(text({{"noisy", odd}, {"clean", odd}}) ==
        "port \"noisy\": expected a multiple of 13 values for 1 to 4 samples, found 14 values");
  CHECK(text({{"noisy", none}, {"clean", none}}) ==
        "port \"noisy\": expected a multiple of 13 values for 1 to 4 samples, found 0 values");
  CHECK_THROWS_WITH(trainer.step(std::span<const float>(x)),
                    "ports: expected values for noisy, clean, found one without a name");
  std::vector<float> bad = x;
  bad[20] = NAN;
  CHECK(text({{"noisy", x}, {"clean", bad}}) ==
        "port \"clean\": sample 1, value 7: expected a finite number, found nan");
  CHECK(trainer.steps() == 0);

  const Samples three{x.data(), 3}, two{x.data(), 2}, nowhere{nullptr, 3};
  const auto fault = [&](std::vector<PortSamples> samples) { return trainer.try_step(samples).fault; };
  CHECK(fault({{"noisy", three}}) == Fault::ports);
  CHECK(fault({{"noisy", three}, {"clear", three}}) == Fault::ports);
  CHECK(fault({{"noisy", three}, {"noisy", three}}) == Fault::ports);
  CHECK(fault({{"noisy", three}, {"clean", two}}) == Fault::other_count);
  CHECK(fault({{"noisy", three}, {"clean", nowhere}}) == Fault::no_memory);
  CHECK(fault({{"noisy", three}, {"clean", {bad.data(), 3}}}) == Fault::not_finite);
  CHECK(trainer.try_step(three).fault == Fault::ports);
  CHECK(std::string(text_of(Fault::ports)) == "expected samples of each of the model's inputs, under its name");
  CHECK(fault({{"clean", three}, {"noisy", three}}) == Fault::none);
  CHECK(trainer.steps() == 1);
}
