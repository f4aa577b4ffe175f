// Trainings whose outcomes are to be compared: of one process, of ranks that are threads.
#pragma once

#include <isthmus_models/accumulated.hpp>
#include <isthmus_models/coupled.hpp>
#include <isthmus_models/drawn.hpp>
#include <isthmus_models/normed.hpp>
#include <isthmus_models/quantized.hpp>
#include <isthmus_models/tuned.hpp>
#include <isthmus_models/turned.hpp>

#include <oneapi/tbb/global_control.h>
#include <oneapi/tbb/task_arena.h>

#include "mpi/together.hpp"

#include <cmath>
#include <numeric>

namespace isthmus::testing {

inline constexpr int steps = 3, most = 24;
inline constexpr std::uint64_t seed = 7;

/// The results of a training: all parameters and states, and the losses.
struct Outcome {
  std::vector<NamedTensor> tensors;
  std::vector<double> losses;
  std::size_t messages = 0;
};

inline std::vector<float> samples_of(int values, int step, int count) {
  return floats(static_cast<std::size_t>(values * count), static_cast<std::uint32_t>(step), 0, 1);
}

/// Numbers of the samples, in no order: for noise that is the same in every epoch.
inline std::vector<std::uint32_t> numbers_of(int step, int count) {
  std::vector<std::uint32_t> numbers(static_cast<std::size_t>(count));
  for (std::size_t i = 0; i < numbers.size(); ++i)
    numbers[i] = static_cast<std::uint32_t>((i * 37 + static_cast<std::size_t>(step) * 11) % 1000);
  return numbers;
}

inline void train_steps(TrainerCore& trainer, int first, int count, int all, Outcome& outcome) {
  const auto values = static_cast<std::size_t>(trainer.input_size());
  for (int s = 0; s < steps; ++s) {
    const std::vector<float> x = samples_of(trainer.input_size(), s, all);
    const std::vector<std::uint32_t> numbers = numbers_of(s, all);
    const auto from = static_cast<std::size_t>(first), n = static_cast<std::size_t>(count);
    outcome.losses.push_back(
        trainer.step(std::span(x).subspan(from * values, n * values), {}, std::span(numbers).subspan(from, n)));
    for (const double term : trainer.last_terms()) outcome.losses.push_back(term);
  }
  outcome.tensors = trainer.read(true);
}

template <class M>
Outcome alone(int all) {
  Trainer<M, most> trainer(seed);
  Outcome outcome;
  train_steps(trainer, 0, all, all, outcome);
  return outcome;
}

/// Each rank on a thread of its own, with `workers` threads to compute; 0: without TBB. `prepare` may change the
/// trainer before its first step.
template <class M, class Prepare = void (*)(TrainerCore&)>
std::vector<Outcome> together(
    const std::vector<int>& shares, int workers, Prepare&& prepare = [](TrainerCore&) {}) {
  const int all = std::accumulate(shares.begin(), shares.end(), 0);
  // As many threads as asked for, on any machine.
  const tbb::global_control control(tbb::global_control::max_allowed_parallelism, 8);
  Together group(static_cast<int>(shares.size()));
  std::vector<Outcome> outcomes(shares.size());
  std::vector<std::thread> ranks;
  for (std::size_t r = 0, first = 0; r < shares.size(); first += static_cast<std::size_t>(shares[r++]))
    ranks.emplace_back([&, r, first] {
      Member member(group, static_cast<int>(r));
      TrainerCore trainer(linked_program<M, Role::train_distributed>(), linked_program<M, Role::evaluate>(), most,
                          seed, &member, most);
      if (workers == 0) trainer.set_threads(Threads::none());
      prepare(trainer);
      tbb::task_arena arena(std::max(workers, 1));
      arena.execute([&] { train_steps(trainer, static_cast<int>(first), shares[r], all, outcomes[r]); });
      outcomes[r].messages = member.started;
    });
  for (std::thread& rank : ranks) rank.join();
  return outcomes;
}

inline bool same_bits(const Outcome& a, const Outcome& b) {
  if (a.losses != b.losses || a.tensors.size() != b.tensors.size()) return false;
  for (std::size_t t = 0; t < a.tensors.size(); ++t)
    if (a.tensors[t].values != b.tensors[t].values) return false;
  return true;
}

/// The largest difference, relative to the largest value of a tensor.
inline double difference(const Outcome& a, const Outcome& b) {
  double worst = 0;
  for (std::size_t i = 0; i < a.losses.size(); ++i)
    worst = std::max(worst, std::fabs(a.losses[i] - b.losses[i]) / (std::fabs(a.losses[i]) + 1e-3));
  for (std::size_t t = 0; t < a.tensors.size(); ++t) {
    double scale = 1e-3, error = 0;
    for (std::size_t i = 0; i < a.tensors[t].values.size(); ++i) {
      const double x = a.tensors[t].values[i], y = b.tensors[t].values[i];
      scale = std::max(scale, std::fabs(x));
      error = std::max(error, std::isfinite(x) && std::isfinite(y) ? std::fabs(x - y) : 1e9);
    }
    worst = std::max(worst, error / scale);
  }
  return worst;
}

}  // namespace isthmus::testing
