// The normalization's values against its formula: in training, of its statistics, and elsewhere.
#include "declare/words.hpp"
#include "support/catch.hpp"
#include "support/numbers.hpp"
#include "support/reference.hpp"

#include <array>
#include <cmath>

using namespace isthmus;
using namespace isthmus::testing;

namespace {

constexpr int samples = 5, pixels = 2 * 3, channels = 3;
constexpr float momentum = 0.75f, epsilon = 0.125f;

/// The graph with everything in it set; run once.
reference::Interpreter computed(const Graph& graph) {
  reference::Interpreter values(graph, samples);
  for (std::size_t i = 0; i < samples * pixels * channels; ++i) values.named("x").values[i] = uniform(1, i, -1, 2);
  values.named("n.scale").values = {0.5, 2, -1};
  values.named("n.shift").values = {0.25, 0, 3};
  values.named("n.mean").values = {1, -1, 0.5};
  values.named("n.variance").values = {2, 0.5, 1};
  values.run();
  return values;
}

/// Mean and variance of a channel, over the batch and all pixels.
std::array<double, 2> statistics(const std::vector<double>& x, std::size_t channel) {
  const double count = samples * pixels;
  double mean = 0, variance = 0;
  for (std::size_t i = channel; i < x.size(); i += channels) mean += x[i] / count;
  for (std::size_t i = channel; i < x.size(); i += channels) variance += (x[i] - mean) * (x[i] - mean) / count;
  return {mean, variance};
}

}  // namespace

TEST_CASE("batch_norm normalizes by the batch in training, by the running statistics elsewhere") {
  const Written written = write<2, 3, channels>(batch_norm("n", momentum, epsilon));
  reference::Interpreter values = computed(written.graph);
  const std::vector<double> x = values.named("x").values;
  const auto normalized = [&](std::size_t i, double mean, double variance) {
    const std::size_t c = i % channels;
    return (x[i] - mean) / std::sqrt(variance + double{epsilon}) * values.named("n.scale").values[c] +
           values.named("n.shift").values[c];
  };
  const auto& in_training = values[written.node().inputs[0]].values;
  const auto& elsewhere = values[written.node().inputs[1]].values;
  for (std::size_t i = 0; i < x.size(); ++i) {
    const auto [mean, variance] = statistics(x, i % channels);
    CHECK(in_training[i] == Approx(normalized(i, mean, variance)).epsilon(1e-12));
    const double running_mean = values.named("n.mean").values[i % channels],
                 running_variance = values.named("n.variance").values[i % channels];
    CHECK(elsewhere[i] == Approx(normalized(i, running_mean, running_variance)).epsilon(1e-12));
  }
}

TEST_CASE("a step moves the running statistics towards the batch's") {
  reference::Interpreter values = computed(write<2, 3, channels>(batch_norm("n", momentum, epsilon)).graph);
  const std::vector<double> x = values.named("x").values;
  const std::vector<double> old_mean = values.named("n.mean").values,
                            old_variance = values.named("n.variance").values;
  values.commit();
  for (std::size_t c = 0; c < channels; ++c) {
    const auto [mean, variance] = statistics(x, c);
    CHECK(values.named("n.mean").values[c] == Approx(0.75 * old_mean[c] + 0.25 * mean).epsilon(1e-12));
    CHECK(values.named("n.variance").values[c] == Approx(0.75 * old_variance[c] + 0.25 * variance).epsilon(1e-12));
  }
}

TEST_CASE("batch_norm's defaults are those of Keras") {
  const Written written = write<5>(batch_norm("n"));
  bool keeps = false, has_epsilon = false;
  for (const Node& node : written.graph.nodes) {
    if (node.op == Op::constant && node.value == 0.99f) keeps = true;
    if (node.op == Op::constant && node.value == 1e-3f) has_epsilon = true;
  }
  CHECK(keeps);
  CHECK(has_epsilon);
}
