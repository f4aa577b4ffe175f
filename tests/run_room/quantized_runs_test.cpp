// Codebooks that are trained, on every SIMD target: moving averages against the counts and sums that they stand
// for, and the same bits whatever runs them.
#include "run_room/flow_graph_visible.hpp"
#include "run_room/quantized_codes.hpp"
#include "support/catch.hpp"
#include "support/reference.hpp"
#include "support/targets.hpp"

#include <isthmus/schedule/policy.hpp>

#include <oneapi/tbb/global_control.h>
#include <oneapi/tbb/task_arena.h>

using namespace isthmus;
using namespace isthmus::testing;

namespace {

/// The moving averages as they are published, counts and sums apart: for each step the vectors z and their
/// indices.
struct Averages {
  std::size_t width;
  double decay, epsilon;
  std::vector<double> counts, sums;

  std::vector<double> smoothed() const {
    double total = 0;
    for (const double n : counts) total += n;
    std::vector<double> result;
    for (const double n : counts)
      result.push_back((n + epsilon) / (total + static_cast<double>(counts.size()) * epsilon) * total);
    return result;
  }
  void start(const std::vector<float>& codebook) {
    counts.assign(codebook.size() / width, 1.0);
    sums.assign(codebook.begin(), codebook.end());
    const std::vector<double> n = smoothed();
    for (std::size_t i = 0; i < sums.size(); ++i) sums[i] *= n[i / width];
  }
  void step(const std::vector<float>& z, const std::vector<float>& indices) {
    std::vector<double> uses(counts.size(), 0.0), of_step(sums.size(), 0.0);
    for (std::size_t v = 0; v < indices.size(); ++v) {
      const auto k = static_cast<std::size_t>(indices[v]);
      uses[k] += 1;
      for (std::size_t i = 0; i < width; ++i) of_step[k * width + i] += double{z[v * width + i]};
    }
    for (std::size_t k = 0; k < counts.size(); ++k) counts[k] = decay * counts[k] + (1 - decay) * uses[k];
    for (std::size_t i = 0; i < sums.size(); ++i) sums[i] = decay * sums[i] + (1 - decay) * of_step[i];
  }
  std::vector<double> codebook() const {
    const std::vector<double> n = smoothed();
    std::vector<double> vectors = sums;
    for (std::size_t i = 0; i < sums.size(); ++i) vectors[i] /= n[i / width];
    return vectors;
  }
};

/// What is quantized by the next step: the layer `z` of the model, in double.
template <class M>
std::vector<float> quantized_next(const TrainerCore& trainer, const std::vector<float>& x, int samples) {
  reference::Interpreter graph(M::model.graph, samples);
  for (const NamedTensor& tensor : trainer.read(false))
    graph.named(tensor.name).values.assign(tensor.values.begin(), tensor.values.end());
  graph.named("x").values.assign(x.begin(), x.end());
  graph.run();
  const std::vector<double>& z = graph[Scope::find_result(M::model.graph, "z")].values;
  return {z.begin(), z.end()};
}

template <class M>
void compare_averages(const char* layer, std::size_t width, double decay, double epsilon) {
  constexpr int samples = 17;
  TrainerCore trainer = trainer_of<M>(samples, 3);
  const std::string name = layer;
  Averages averages{width, decay, epsilon, {}, {}};
  averages.start(values_of(trainer.read(false), name + ".weight"));
  for (std::uint32_t step = 0; step < 8; ++step) {
    const std::vector<float> x = samples_of<M>(samples, 3 + step);
    InferenceCore encoder = part_of<M, Role::encode>(trainer, samples);
    averages.step(quantized_next<M>(trainer, x, samples), codes_of(encoder, x, layer).indices);
    trainer.step(x);
    CHECK(largest_error(values_of(trainer.read(false), name + ".weight"), averages.codebook(), 1e-2) < 1e-4);
    CHECK(largest_error(values_of(trainer.read(false), name + ".counts"), averages.counts, 1e-2) < 1e-4);
  }
}

}  // namespace

TEST_CASE("quantized: a codebook of moving averages is that of counts and sums") {
  for_each_target([] {
    compare_averages<QuantizedPixels>("codebook", 5, double{0.9f}, double{1e-5f});
    compare_averages<QuantizedMatrix>("codebook", 5, double{0.75f}, double{1e-5f});
    compare_averages<QuantizedTwice>("coarse", 6, double{0.5f}, double{0.125f});
  });
}

TEST_CASE("quantized: a codebook begins at vectors of the first batches, bit for bit, and more of it is in use") {
  for_each_target([] {
    constexpr int samples = 17;
    constexpr std::size_t width = 5, vectors = samples * 12;
    TrainerCore kept = trainer_of<QuantizedPixels>(samples, 3),
                restarted = trainer_of<RestartedPixels>(samples, 3);
    const std::vector<float> x = samples_of<RestartedPixels>(samples);
    const std::vector<float> z = quantized_next<RestartedPixels>(restarted, x, samples);
    const std::vector<float> before = values_of(restarted.read(false), "codebook.weight");
    restarted.step(x);
    const std::vector<float> after = values_of(restarted.read(false), "codebook.weight");
    int moved = 0, found = 0;
    for (std::size_t k = 0; k < 19; ++k) {
      if (std::equal(&after[k * width], &after[k * width] + width, &before[k * width])) continue;
      ++moved;
      for (std::size_t v = 0; v < vectors; ++v)
        if (squared_distance(&after[k * width], &z[v * width], width) < 1e-10) {
          ++found;
          break;
        }
    }
    // Two of five find one; a few of these several, whose mean they are.
    CHECK(moved > 2);
    CHECK(moved < 16);
    CHECK(found >= (moved + 1) / 2);
    for (TrainerCore* const trainer : {&kept, &restarted})
      for (int step = 0; step < 40; ++step) trainer->step(x);
    CHECK(restarted.last_terms()[2] > 1.5 * kept.last_terms()[2]);
    CHECK(restarted.last_terms()[1] < kept.last_terms()[1]);
  });
}

namespace {

constexpr int most = 150;

/// Six steps, some with fewer samples; behind the third another trainer goes on, of the same seed: restarts are
/// drawn.
template <class M>
std::vector<NamedTensor> trained(const schedule::NamedPolicy* policy, int workers, std::vector<double>& losses) {
  TrainerCore first = trainer_of<M>(most, 3), second = trainer_of<M>(most, 3);
  for (TrainerCore* const one : {&first, &second}) {
    if (policy == nullptr) {
      one->set_threads(Threads::none());
      continue;
    }
    const schedule::TaskGraph& graph = one->training_session().executor().graph();
    one->follow(schedule::make_schedule(*policy, graph, schedule::estimate_costs(graph), workers));
  }
  const auto run = [&](TrainerCore& trainer) {
    for (int i = 0; i < 3; ++i) {
      losses.push_back(
          trainer.step(samples_of<M>(i == 1 ? 29 : most, 3 + static_cast<std::uint32_t>(trainer.steps()))));
      losses.insert(losses.end(), trainer.last_terms().begin(), trainer.last_terms().end());
    }
  };
  tbb::task_arena arena(workers);
  arena.execute([&] { run(first); });
  TrainerCore& next = policy == nullptr ? first : second;
  if (policy != nullptr) second.write(first.read(true), true, first.steps(), "test");
  arena.execute([&] { run(next); });
  return next.read(true);
}

template <class M>
void compare_runs() {
  const tbb::global_control allow(tbb::global_control::max_allowed_parallelism, 4);
  std::vector<double> expected_losses;
  const auto expected = trained<M>(nullptr, 1, expected_losses);
  for (const schedule::NamedPolicy& policy : schedule::policies()) {
    if (policy.name == "flow_graph" && !is_flow_graph_visible) continue;
    for (const int workers : {1, 2, 3}) {
      INFO(policy.name << " for " << workers);
      std::vector<double> losses;
      CHECK(same_bits(trained<M>(&policy, workers, losses), expected));
      CHECK(losses == expected_losses);
    }
  }
}

}  // namespace

TEST_CASE("quantized: the same bits on any number of threads, under any policy, and after a resumption") {
  for_each_target([] {
    compare_runs<QuantizedRows>();
    compare_runs<QuantizedTwice>();
    compare_runs<QuantizedPixels>();
    compare_runs<RestartedPixels>();
    compare_runs<RestartedRows>();
  });
}
