// Tests of the consumer's own operations and optimizer, on every SIMD target that this CPU has: gradients
// against central differences of the loss, updates against plain code in double, tasks free of races, and the same
// weights whoever runs the tasks and in whatever order.
#include <isthmus_models/waves.hpp>

#include <isthmus/lower/targets.hpp>
#include <isthmus/schedule/race_check.hpp>
#include <isthmus/schedule/rank.hpp>

#include <hwy/targets.h>
#include <oneapi/tbb/global_control.h>
#include <oneapi/tbb/task_arena.h>

#include <algorithm>
#include <cmath>
#include <cstdarg>
#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

namespace {

using isthmus::Threads;
using Tensors = std::vector<isthmus::NamedTensor>;
using Trainer = isthmus::Trainer<consumer::Waves, 128>;

int failures = 0;

/// One line that says what is wrong, and on which SIMD target.
[[gnu::format(printf, 1, 2)]] void fail(const char* format, ...) {
  const long long target = hwy::SupportedTargets();
  std::fprintf(stderr, "own_operations, %s: ", hwy::TargetName(target & -target));
  std::va_list arguments;
  va_start(arguments, format);
  std::vfprintf(stderr, format, arguments);
  va_end(arguments);
  std::fputc('\n', stderr);
  ++failures;
}

std::vector<float> waves(int samples) {
  std::vector<float> x;
  for (int i = 0; i < samples * 40; ++i) {
    const float phase = 0.05f * static_cast<float>(i / 40), place = 0.2f * static_cast<float>(i % 40);
    x.push_back(0.7f * std::sin(place + phase) + 0.3f * std::cos(3.0f * place - 2.0f * phase));
  }
  return x;
}

const std::vector<float>& values_of(const Tensors& tensors, const std::string& name) {
  const auto is_it = [&](const isthmus::NamedTensor& tensor) { return tensor.name == name; };
  return std::find_if(tensors.begin(), tensors.end(), is_it)->values;
}

/// A trainer that is no longer where everything starts: its biases are not zero.
Trainer somewhere(const std::vector<float>& x) {
  Trainer trainer{1};
  for (int step = 0; step < 5; ++step) trainer.step(x);
  return trainer;
}

void check_gradient() {
  const std::vector<float> x = waves(24);
  Trainer trainer = somewhere(x);
  Tensors weights = trainer.read(false);
  // The optimizer starts anew: after one step its m is 1 - β₁ of the gradient.
  trainer.write(weights, false, 0, "check_gradient");
  trainer.step(x);
  const Tensors states = trainer.read(true);
  for (isthmus::NamedTensor& tensor : weights) {
    const std::vector<float>& m = values_of(states, tensor.name + ".m");
    double squares = 0;
    for (const float value : m) squares += double{value} * value;
    const double share = 1.0 - double{consumer::Waves::optimizer.beta1};
    const double usual = std::sqrt(squares / static_cast<double>(m.size())) / share;
    // Some fifty elements, of different rows and columns.
    double worst = 0;
    for (std::size_t i = 0; i < m.size(); i += m.size() / 48 | 1) {
      const float before = tensor.values[i];
      double loss[2], at[2];
      for (const int side : {0, 1}) {
        tensor.values[i] = before + (side == 0 ? -0x1p-6f : 0x1p-6f);
        at[side] = double{tensor.values[i]};
        trainer.write(weights, false, 0, "check_gradient");
        loss[side] = trainer.evaluate(x);
      }
      tensor.values[i] = before;
      worst = std::max(worst, std::fabs((loss[1] - loss[0]) / (at[1] - at[0]) - double{m[i]} / share));
    }
    // With h = 2^-6: the loss is about 0.025, and 2^-24 of that by 2h is an error of 5e-8, where most elements are
    // around 1e-3; the third derivative's share is h²/6, 4e-5 of it. Together they were 2.3e-4 of the usual
    // element at most; a factor or a term that is missing gives a hundred times that.
    if (!(usual > 1e-5) || !(worst < 1e-3 * usual))
      fail("the gradient of %s is off by %g, elements are %g", tensor.name.c_str(), worst, usual);
  }
}

/// The optimizer's three lines again.
void check_optimizer() {
  constexpr consumer::ada_belief optimizer = consumer::Waves::optimizer;
  const double beta1 = double{optimizer.beta1}, beta2 = double{optimizer.beta2},
               epsilon = double{optimizer.epsilon};
  const std::vector<float> x = waves(24);
  Trainer trainer = somewhere(x);
  const Tensors before = trainer.read(true);
  trainer.step(x);
  const Tensors after = trainer.read(true);
  const double step = static_cast<double>(trainer.steps());
  const double rate = trainer.learning_rate() * std::sqrt(1 - std::pow(beta2, step)) / (1 - std::pow(beta1, step));
  for (const isthmus::NamedTensor& tensor : trainer.read(false)) {
    const std::string m = tensor.name + ".m", s = tensor.name + ".s";
    double worst = 0;
    for (std::size_t i = 0; i < tensor.values.size(); ++i) {
      const double m1 = double{values_of(after, m)[i]}, s1 = double{values_of(after, s)[i]};
      const double gradient = (m1 - beta1 * double{values_of(before, m)[i]}) / (1 - beta1);
      const double squares =
          beta2 * double{values_of(before, s)[i]} + (1 - beta2) * (gradient - m1) * (gradient - m1) + epsilon;
      const double weight = double{values_of(before, tensor.name)[i]} - rate * m1 / (std::sqrt(s1) + epsilon);
      worst = std::max({worst, std::fabs(s1 - squares) / squares,
                        std::fabs(double{tensor.values[i]} - weight) / (rate + std::fabs(weight))});
    }
    if (!(worst < 1e-5)) fail("the optimizer's update of %s is off by %g", tensor.name.c_str(), worst);
  }
}

void check_races() {
  const Trainer trainer{1};
  const isthmus::run::Session& session = trainer.training_session();
  const isthmus::plan::PlanView& plan = session.program().plan;
  const isthmus::schedule::TaskGraph& graph = session.executor().graph();
  int tiles = 0;
  for (const isthmus::schedule::Task& task : graph.tasks)
    tiles += task.group >= 0 && plan.groups[task.group].anchor == isthmus::plan::Anchor::rows;
  int groups = 0;
  for (int g = 0; g < plan.group_count; ++g) groups += plan.groups[g].anchor == isthmus::plan::Anchor::rows;
  if (tiles < groups + 4) fail("%d groups over rows have only %d tasks: there is nothing to check", groups, tiles);
  for (const int samples : {128, 50, 1})
    if (const auto race = isthmus::schedule::find_race(plan, session.memory(), graph, samples, Trainer::max_batch))
      fail("tasks %d and %d of %d samples have a race at byte %lld", race->first, race->second, samples,
           static_cast<long long>(race->byte));
}

/// In each step the same tasks, by these threads, the most urgent first.
Tensors trained(const Threads& threads, const std::vector<double>& urgency, int& helpers) {
  const std::vector<float> x = waves(128);
  Trainer trainer{7};
  trainer.set_threads(threads);
  trainer.follow({isthmus::schedule::Execution::dynamic, urgency, {}, {}});
  isthmus::run::TaskTrace trace = trainer.training_session().make_trace();
  for (int step = 0; step < 12; ++step) {
    trainer.trace_next_step(trace);
    // The last ones are not of whole tiles.
    trainer.step(std::span(x).first(step % 3 == 2 ? 50 * 40 : x.size()));
    for (const auto& record : trace.records) helpers += record.worker != 0;
  }
  return trainer.read(true);
}

bool same(const Tensors& a, const Tensors& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](const auto& x, const auto& y) { return x.name == y.name && x.values == y.values; });
}

void check_threads(int& helpers) {
  const std::vector<double> ranks =
      isthmus::schedule::upward_ranks(Trainer{7}.training_session().executor().graph());
  const Tensors expected = trained(Threads::none(), ranks, helpers);
  for (const int threads : {1, 2, 4}) {
    tbb::task_arena arena(threads);
    if (!same(expected, trained(Threads::in(arena), ranks, helpers)))
      fail("the weights are others on %d threads", threads);
  }
  // Every order that the tasks' edges allow gives them: the least urgent first, and any.
  std::vector<double> urgency = ranks;
  for (double& rank : urgency) rank = -rank;
  for (int order = 0; order < 4; ++order) {
    if (!same(expected, trained(Threads::none(), urgency, helpers)))
      fail("the weights depend on the order of the tasks: an edge is missing");
    for (std::size_t t = 0; t < urgency.size(); ++t)
      urgency[t] = std::fmod(static_cast<double>(t + 1) * (0.618 + 0.1 * order), 1.0);
  }
}

}  // namespace

int main() {
  const tbb::global_control allow(tbb::global_control::max_allowed_parallelism, 4);
  int helpers = 0;
  for (const long long target : hwy::SupportedAndGeneratedTargets()) {
    hwy::SetSupportedTargetsForTest(target);
    // Code without SIMD has another name where another compiler has built the library.
    const std::string_view found = Trainer{1}.training_session().program().kernels->target;
    if (target != HWY_SCALAR && target != HWY_EMU128 && found != hwy::TargetName(target))
      fail("the kernels are those of %s", found.data());
    check_gradient();
    check_optimizer();
    check_races();
    check_threads(helpers);
  }
  hwy::SetSupportedTargetsForTest(0);
  if (helpers == 0) fail("no thread but the caller's has run a task");
  if (failures > 0) return 1;
  std::puts("ok");
}
