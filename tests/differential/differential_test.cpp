// Random models go every way that a model can go, and are held against one reference in double precision:
// training, loss, reconstruction, the halves, callers' memory of every kind, workers, rewrites, precisions,
// budgets.
#include <isthmus/schedule/policy.hpp>

#include "differential/environment.hpp"
#include "differential/subject.hpp"
#include "run_room/sessions.hpp"
#include "support/catch.hpp"

#include <limits>

using namespace isthmus;
using namespace isthmus::testing;
using isthmus::testing::same_bits;

namespace {

InferenceCore model_of(const Subject& subject, const InterpretedProgram& program) {
  InferenceCore model(program.program(), most_samples);
  model.write(subject.parameters, "random");
  return model;
}
TrainerCore trainer_of(const Subject& subject, const InterpretedProgram& train,
                       const InterpretedProgram& evaluate) {
  TrainerCore trainer(train.program(), evaluate.program(), most_samples, 1);
  trainer.write(subject.parameters, false, 0, "random");
  return trainer;
}

/// The results of a model for the first samples of `input`.
std::vector<float> result_of(InferenceCore& model, std::span<const float> input, int samples) {
  std::vector<float> output(static_cast<std::size_t>(samples * model.output_size()));
  model.run(input.first(static_cast<std::size_t>(samples * model.input_size())), output);
  return output;
}

bool same_bits(std::span<const float> a, std::span<const float> b) {
  return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size_bytes()) == 0;
}

/// The graphs whose meaning a trainer is held against: of the loss, and of a step of gradient descent.
Graph loss_graph_of(const Subject& subject) {
  return differentiate::loss_graph(subject.model.graph, RandomLoss{subject.model.loss}).graph();
}
Graph step_graph_of(const Subject& subject) {
  return differentiate::step_graph(differentiate::retain_parameters(loss_graph_of(subject)), descent).graph();
}

/// Whether each parameter is what the reference says after one step.
void check_parameters(const Subject& subject, GraphView step_graph, const TrainerCore& trainer, int samples,
                      double rounding = 3e-6) {
  const std::vector<NamedTensor> after = trainer.read(false);
  REQUIRE(after.size() == subject.parameters.size());
  for (const NamedTensor& tensor : after) {
    INFO("parameter " << tensor.name);
    CHECK(agrees(
        subject, step_graph, samples, tensor.values,
        [&](reference::Interpreter& values) {
          values.commit();
          return values.named(tensor.name).values;
        },
        rounding));
  }
}

/// Samples at odd addresses, apart from each other, with NaN before, between and behind them.
struct Apart {
  static constexpr float between = std::numeric_limits<float>::quiet_NaN();
  std::vector<float> memory;
  int size, count;

  Apart(int samples, int per_sample)
      : memory(1 + static_cast<std::size_t>(samples * (per_sample + 3)), between),
        size(per_sample),
        count(samples) {}
  Apart(std::span<const float> values, int samples) : Apart(samples, static_cast<int>(values.size()) / samples) {
    for (int i = 0; i < samples; ++i)
      std::copy_n(values.data() + i * size, size, memory.data() + 1 + i * (size + 3));
  }
  std::vector<float> values() const {
    std::vector<float> list;
    for (int i = 0; i < count; ++i)
      list.insert(list.end(), memory.data() + 1 + i * (size + 3), memory.data() + 1 + i * (size + 3) + size);
    return list;
  }
  bool is_untouched_between() const {
    std::size_t numbers = 0;
    for (const float x : memory) numbers += std::isnan(x) ? 0 : 1;
    return numbers <= static_cast<std::size_t>(count * size);
  }
};

/// Whether rounding hardly changes the loss. Where two values are equal but for rounding, which of them is the
/// greater one is a matter of chance.
bool is_steady(const Subject& subject, GraphView loss, int samples) {
  const double value = reference_of(subject, loss, samples).scalar("loss");
  for (std::uint32_t stream = 1; stream <= 6; ++stream)
    if (relative_error(reference_of(subject, loss, samples, 1e-6, stream).scalar("loss"), value, 1e-3) > 1e-4)
      return false;
  return true;
}

/// The sum of the products of a step's changes with a direction is the loss's slope in that direction.
void check_slope(const Subject& subject, GraphView loss, const std::vector<NamedTensor>& after, int samples) {
  for (std::size_t t = 0; t < after.size(); ++t) {
    const NamedTensor& before = subject.parameters[t];
    double slope = 0, size = 0;
    for (std::size_t e = 0; e < before.values.size(); ++e) {
      const double gradient = double{before.values[e]} - double{after[t].values[e]};
      slope += gradient * (e % 2 == 0 ? 1.0 : -0.5);
      size += std::fabs(gradient);
    }
    const auto loss_at = [&](double by) {
      Subject moved = subject;
      reference::Interpreter values(loss, samples);
      for (int i = 0; i < values.size(); ++i) {
        const Node& node = values.node(i);
        for (const NamedTensor& tensor : moved.parameters)
          if (node.op == Op::parameter && tensor.name == full_name(node.label))
            for (std::size_t e = 0; e < tensor.values.size(); ++e)
              values[i].values[e] =
                  double{tensor.values[e]} + (tensor.name == before.name ? by * (e % 2 == 0 ? 1.0 : -0.5) : 0.0);
        if (node.op == Op::input)
          for (std::size_t e = 0; e < values[i].values.size(); ++e) values[i].values[e] = double{moved.samples[e]};
      }
      values.run(1, 1);
      return values.scalar("loss");
    };
    // Several distances: a kink of a function, or a step, may lie within the larger ones.
    double least = 1e300;
    for (const double by : {1e-4, 1e-5, 1e-6, 1e-7, 1e-8})
      least = std::min(least, std::fabs((loss_at(by) - loss_at(-by)) / (2 * by) - slope));
    INFO("parameter " << before.name << ", slope " << slope);
    CHECK(least < 1e-4 * (size + 1e-2));
  }
}

}  // namespace

TEST_CASE("random models reconstruct, encode and decode as the reference does, in the same bits") {
  for_each_model([](const Subject& subject) {
    const auto whole_program = program_of(subject.model, Role::reconstruct);
    const auto encode_program = program_of(subject.model, Role::encode);
    const auto decode_program = program_of(subject.model, Role::decode);
    InferenceCore whole = model_of(subject, *whole_program), encoder = model_of(subject, *encode_program),
                  decoder = model_of(subject, *decode_program);
    for (const int samples : {1, 5, most_samples}) {
      INFO(samples << " samples");
      const std::vector<float> y = result_of(whole, subject.samples, samples);
      const std::vector<float> codes = result_of(encoder, subject.samples, samples);
      CHECK(agrees(subject, plan::whole_graph(subject.model.graph), samples, y, output_of));
      CHECK(agrees(subject, plan::encoder_graph(subject.model.graph), samples, codes, output_of));
      CHECK(same_bits(result_of(decoder, codes, samples), y));
      // Where the caller's memory begins, and how far apart samples are, makes no difference.
      const Apart x(subject.first(samples), samples), code(codes, samples);
      Apart result(samples, subject.input);
      const int stride = subject.input + 3;
      REQUIRE(whole.try_run({x.memory.data() + 1, samples, stride}, {result.memory.data() + 1, samples, stride}) ==
              Fault::none);
      CHECK(same_bits(result.values(), y));
      CHECK(result.is_untouched_between());
      Apart decoded(samples, subject.input);
      REQUIRE(decoder.try_run({code.memory.data() + 1, samples, subject.code + 3},
                              {decoded.memory.data() + 1, samples, stride}) == Fault::none);
      CHECK(same_bits(decoded.values(), y));
      CHECK(decoded.is_untouched_between());
    }
  });
}

TEST_CASE("random models have the loss and the gradients of the reference, on any number of workers") {
  for_each_model([](const Subject& subject) {
    const auto train = program_of(subject.model, Role::train),
               evaluate = program_of(subject.model, Role::evaluate);
    const Graph loss_graph = loss_graph_of(subject), step_graph = step_graph_of(subject);
    for (const int samples : {1, 5, most_samples}) {
      INFO(samples << " samples");
      TrainerCore trainer = trainer_of(subject, *train, *evaluate);
      const auto evaluated = static_cast<float>(trainer.evaluate(subject.first(samples)));
      const auto loss = static_cast<float>(trainer.step(subject.first(samples)));
      CHECK(agrees(subject, loss_graph, samples, {&loss, 1}, loss_of, 3e-6));
      CHECK(agrees(subject, loss_graph, samples, {&evaluated, 1}, loss_of, 3e-6));
      check_parameters(subject, step_graph, trainer, samples);
      const std::vector<NamedTensor> after = trainer.read(false);
      if (samples == 5 && is_steady(subject, loss_graph, samples))
        check_slope(subject, loss_graph, after, samples);
      // The same from samples that lie apart, and on two workers.
      TrainerCore other = trainer_of(subject, *train, *evaluate);
      const schedule::TaskGraph& tasks = other.training_session().executor().graph();
      other.follow(schedule::make_schedule(schedule::find_policy("critical_path"), tasks,
                                           schedule::estimate_costs(tasks), 2));
      const Apart apart(subject.first(samples), samples);
      const StepResult result = other.try_step({apart.memory.data() + 1, samples, subject.input + 3});
      REQUIRE(result.fault == Fault::none);
      CHECK(static_cast<float>(result.loss) == loss);
      CHECK(same_bits(other.read(false), after));
    }
  });
}

TEST_CASE("random models take as one of several ranks the step of the reference") {
  for_each_model(
      [](const Subject& subject) {
        const auto train = program_of(subject.model, Role::train_distributed),
                   evaluate = program_of(subject.model, Role::evaluate);
        TrainerCore trainer = trainer_of(subject, *train, *evaluate);
        const auto loss = static_cast<float>(trainer.step(subject.first(5)));
        const Graph loss_graph = loss_graph_of(subject), step_graph = step_graph_of(subject);
        CHECK(agrees(subject, loss_graph, 5, {&loss, 1}, loss_of, 3e-6));
        check_parameters(subject, step_graph, trainer, 5);
      },
      2);
}

TEST_CASE("random models mean the same without each of the rewrites") {
  for_each_model(
      [](const Subject& subject) {
        const Graph step_graph = step_graph_of(subject);
        constexpr bool plan::Rewrites::* all[] = {&plan::Rewrites::absorb_upsampling, &plan::Rewrites::pool_first,
                                                  &plan::Rewrites::fuse_pooling,
                                                  &plan::Rewrites::fold_normalization, &plan::Rewrites::winograd};
        for (const auto rewrite : all) {
          Planning planning;
          planning.rewrites.*rewrite = false;
          INFO("without rewrite " << &rewrite - &all[0]);
          const auto whole_program = program_of(subject.model, Role::reconstruct, planning);
          InferenceCore whole = model_of(subject, *whole_program);
          CHECK(agrees(subject, plan::whole_graph(subject.model.graph), 3, result_of(whole, subject.samples, 3),
                       output_of));
          const auto train = program_of(subject.model, Role::train, planning),
                     evaluate = program_of(subject.model, Role::evaluate, planning);
          TrainerCore trainer = trainer_of(subject, *train, *evaluate);
          trainer.step(subject.first(3));
          check_parameters(subject, step_graph, trainer, 3);
        }
      },
      5);
}

TEST_CASE("random models train to the same bits within a memory budget") {
  for_each_model(
      [](const Subject& subject) {
        const auto train = program_of(subject.model, Role::train),
                   evaluate = program_of(subject.model, Role::evaluate);
        TrainerCore roomy = trainer_of(subject, *train, *evaluate);
        Planning planning;
        // As little as can be: nobody says here that the budget cannot be kept.
        planning.memory = MemoryBudget{1, most_samples};
        const auto frugal = program_of(subject.model, Role::train, planning);
        TrainerCore tight = trainer_of(subject, *frugal, *evaluate);
        for (int step = 0; step < 2; ++step) CHECK(tight.step(subject.first(5)) == roomy.step(subject.first(5)));
        CHECK(same_bits(tight.read(false), roomy.read(false)));
        CHECK(tight.arena_bytes() <= roomy.arena_bytes());
      },
      2);
}

TEST_CASE("random models are near the reference in bf16 and with rounded weights") {
  for_each_model(
      [](const Subject& subject) {
        const Graph whole_graph = plan::whole_graph(subject.model.graph);
        const auto whole_program = program_of(subject.model, Role::reconstruct);
        for (const auto& [weights, rounding] : {std::pair{Weights::bf16(), 4e-3}, {Weights::int8(), 1e-2}}) {
          InferenceCore whole = model_of(subject, *whole_program);
          whole.set_weights(weights);
          INFO("rounding " << rounding);
          CHECK(agrees(subject, whole_graph, 5, result_of(whole, subject.samples, 5), output_of, rounding));
        }
        Planning planning;
        planning.precision = Precision::bf16;
        const auto train = program_of(subject.model, Role::train, planning),
                   evaluate = program_of(subject.model, Role::evaluate);
        TrainerCore trainer = trainer_of(subject, *train, *evaluate);
        const auto loss = static_cast<float>(trainer.step(subject.first(5)));
        CHECK(agrees(subject, loss_graph_of(subject), 5, {&loss, 1}, loss_of, 4e-3));
        check_parameters(subject, step_graph_of(subject), trainer, 5, 4e-3);
      },
      2);
}
