// What training has beside loss and optimizer: frozen layers, averages of weights, schedules of several parts.
#include <isthmus/run/trainer.hpp>

#include "run_room/sessions.hpp"
#include "run_room/tuned_models.hpp"
#include "support/catch.hpp"
#include "support/numbers.hpp"
#include "support/reference.hpp"
#include "support/targets.hpp"

#include <cmath>
#include <map>

using namespace isthmus;
using namespace isthmus::testing;

namespace {

constexpr int samples = 17;

bool is_of(const std::string& tensor, std::initializer_list<const char*> layers) {
  return std::any_of(layers.begin(), layers.end(),
                     [&](const char* layer) { return tensor.starts_with(std::string(layer) + "."); });
}

template <class M>
int groups() {
  return linked_program<M, Role::train>().plan.group_count;
}

std::vector<NamedTensor> with_end(const std::vector<NamedTensor>& tensors, const std::string& end) {
  std::vector<NamedTensor> found;
  for (const NamedTensor& tensor : tensors)
    if (tensor.name.ends_with(end)) found.push_back(tensor);
  return found;
}

}  // namespace

TEST_CASE("frozen layers keep their bits, and all others are trained") {
  for_each_target([] {
    TrainerCore trainer = trainer_of<Frozen>(samples), code = trainer_of<FrozenCode>(samples);
    const auto before = trainer.read(false);
    const double first = trainer.evaluate(samples_of<Frozen>(samples));
    for (int step = 0; step < 30; ++step) {
      trainer.step(samples_of<Frozen>(samples));
      code.step(samples_of<Frozen>(samples));
    }
    CHECK(trainer.evaluate(samples_of<Frozen>(samples)) < first);
    for (const NamedTensor& tensor : trainer.read(false)) {
      INFO(tensor.name);
      // Statistics of a frozen batch norm as well: it normalizes by them.
      CHECK((tensor.values == values_of(before, tensor.name)) == is_of(tensor.name, {"enc1", "norm", "enc2"}));
    }
    // The decoder reads these weights transposed.
    for (const NamedTensor& tensor : code.read(false)) {
      INFO(tensor.name);
      CHECK((tensor.values == values_of(before, tensor.name)) == is_of(tensor.name, {"code"}));
    }
  });
}

TEST_CASE("frozen layers are named as untrained, have no states, and need no gradients before them") {
  const TrainerCore trainer = trainer_of<Frozen>(samples);
  CHECK(trainer.untrained() == std::vector<std::string>{"enc1.weight", "enc1.bias", "norm.scale", "norm.shift",
                                                        "norm.mean", "norm.variance", "enc2.weight", "enc2.bias"});
  for (const NamedTensor& tensor : trainer.read(true))
    CHECK_FALSE((is_of(tensor.name, {"enc1", "norm", "enc2"}) && tensor.name.ends_with(".m")));
  CHECK(groups<Frozen>() < groups<FrozenCode>());
  CHECK(groups<FrozenCode>() < groups<Thawed>());
  // Only training knows of it.
  CHECK(linked_program<Frozen, Role::evaluate>().plan.group_count ==
        linked_program<Thawed, Role::evaluate>().plan.group_count);
}

TEST_CASE("what is not frozen moves as without the frozen layers: the same gradients, bit for bit") {
  TrainerCore frozen = trainer_of<FrozenCode>(samples), thawed = trainer_of<Thawed>(samples);
  const std::vector<float> x = samples_of<Thawed>(samples);
  CHECK(frozen.step(x) == thawed.step(x));
  const auto expected = thawed.read(true);
  for (const NamedTensor& tensor : frozen.read(true)) {
    INFO(tensor.name);
    if (!is_of(tensor.name, {"code"})) CHECK(tensor.values == values_of(expected, tensor.name));
  }
}

TEST_CASE("an average is the mean of the parameter's values so far, newer ones with more weight") {
  for_each_target([] {
    TrainerCore trainer = trainer_of<Averaged>(samples), plain = trainer_of<Steady>(samples);
    const std::vector<float> x = samples_of<Averaged>(samples);
    std::map<std::string, std::vector<double>> sums;
    double weights = 0;
    for (int step = 1; step <= 20; ++step) {
      // Training itself knows nothing of averages.
      CHECK(trainer.step(x) == plain.step(x));
      const auto now = plain.read(false), all = trainer.read(true);
      weights = 0.75 * weights + 1;
      for (const NamedTensor& tensor : now) {
        INFO(tensor.name << ", step " << step);
        CHECK(values_of(all, tensor.name) == tensor.values);
        if (is_statistic(tensor.name)) continue;
        std::vector<double>& sum = sums[tensor.name];
        sum.resize(tensor.values.size());
        for (std::size_t i = 0; i < sum.size(); ++i) sum[i] = 0.75 * sum[i] + double{tensor.values[i]};
        std::vector<double> expected = sum;
        for (double& value : expected) value /= weights;
        CHECK(largest_error(values_of(all, tensor.name + ".moving_average"), expected, 1e-2) < 1e-5);
      }
    }
  });
}

TEST_CASE("the averages are what is evaluated, read, split off and saved") {
  TrainerCore trainer = trainer_of<Averaged>(samples), plain = trainer_of<Steady>(samples);
  const std::vector<float> x = samples_of<Averaged>(samples);
  // Before the first step they are the parameters.
  CHECK(trainer.evaluate(x) == plain.evaluate(x));
  trainer.initialize_from_data(0.25);
  plain.initialize_from_data(0.25);
  CHECK(trainer.evaluate(x) == plain.evaluate(x));
  CHECK(same_bits(trainer.read(false), plain.read(false)));
  for (int step = 0; step < 12; ++step) {
    trainer.step(x);
    plain.step(x);
  }
  const auto all = trainer.read(true), used = trainer.read(false);
  for (const NamedTensor& tensor : used) {
    INFO(tensor.name);
    const bool is_kept = is_statistic(tensor.name);
    CHECK(tensor.values == values_of(all, tensor.name + (is_kept ? "" : ".moving_average")));
    CHECK(find_in_use(all, tensor.name)->values == tensor.values);
    CHECK((tensor.values == values_of(all, tensor.name)) == is_kept);
  }
  // A model of these values, without any optimizer.
  TrainerCore model = trainer_of<Steady>(samples);
  model.write(used, false, 0, "averages");
  CHECK(trainer.evaluate(x) == model.evaluate(x));
  CHECK(trainer.evaluate(x) != plain.evaluate(x));
  InferenceCore from_trainer = part_of<Averaged, Role::reconstruct>(trainer, samples);
  InferenceCore from_model = part_of<Steady, Role::reconstruct>(model, samples);
  // A checkpoint's tensors, states and all, are read for the averages too.
  InferenceCore from_states(linked_program<Averaged, Role::reconstruct>(), samples);
  from_states.write(all, "checkpoint");
  std::vector<float> first(x.size()), second(x.size()), third(x.size());
  from_trainer.run(x, first);
  from_model.run(x, second);
  from_states.run(x, third);
  CHECK(first == second);
  CHECK(first == third);
}

TEST_CASE("a trainer goes on from parameters and averages with the same bits, and anew from parameters alone") {
  TrainerCore whole = trainer_of<Averaged>(samples), resumed = trainer_of<Averaged>(samples, 2);
  const std::vector<float> x = samples_of<Averaged>(samples);
  for (int step = 0; step < 5; ++step) whole.step(x);
  resumed.restore(whole.state(), "state");
  CHECK(resumed.evaluate(x) == whole.evaluate(x));
  for (int step = 0; step < 5; ++step) CHECK(resumed.step(x) == whole.step(x));
  CHECK(same_bits(resumed.read(true), whole.read(true)));
  CHECK(resumed.evaluate(x) == whole.evaluate(x));
  // Where only values are given, the averages are these, whatever the number of steps.
  const auto used = whole.read(false);
  resumed.write(used, false, 5000, "values");
  CHECK(same_bits(resumed.read(false), used));
  for (const NamedTensor& average : with_end(resumed.read(true), ".moving_average"))
    CHECK(average.values == values_of(used, average.name.substr(0, average.name.size() - 15)));
}

TEST_CASE("schedules of several parts drive rates and weights") {
  for_each_target([] {
    TrainerCore trainer = trainer_of<Warmed>(samples);
    const std::vector<float> x = samples_of<Warmed>(samples);
    reference::Interpreter graph(plan::source<Warmed, Role::train>, samples);
    for (const NamedTensor& tensor : trainer.read(false))
      graph.named(tensor.name).values.assign(tensor.values.begin(), tensor.values.end());
    graph.named("x").values.assign(x.begin(), x.end());
    CHECK(trainer.learning_rate() == 0.5);
    for (int step = 1; step <= 9; ++step) {
      INFO("step " << step);
      const auto before = trainer.read(false);
      const double loss = trainer.step(x);
      graph.run(step, trainer.learning_rate());
      CHECK(relative_error(loss, graph.scalar("loss"), 1e-3) < 1e-5);
      const double weight = step <= 2 ? 0 : step <= 4 ? 0.5 : 0.25;
      CHECK(loss == Approx(trainer.last_terms()[0] + weight * trainer.last_terms()[1]).epsilon(1e-6));
      // The first step of the warm-up has a rate of zero.
      CHECK(same_bits(before, trainer.read(false)) == (step == 1));
      graph.commit();
    }
    for (const NamedTensor& tensor : trainer.read(false)) {
      INFO(tensor.name);
      CHECK(largest_error(tensor.values, graph.named(tensor.name).values, 1e-2) < 1e-4);
    }
    // Schedules are at their end where nothing is trained.
    const double loss = trainer.evaluate(x);
    CHECK(loss == Approx(trainer.last_terms()[0] + 0.25 * trainer.last_terms()[1]).epsilon(1e-6));
  });
}
