// Codebooks whose idle vectors restart at vectors of the batch: against plain loops in double precision.
#include "declare/words.hpp"
#include "support/catch.hpp"
#include "support/numbers.hpp"
#include "support/reference.hpp"

#include <isthmus/declare.hpp>

#include <algorithm>
#include <cmath>

using namespace isthmus;
using namespace isthmus::testing;

namespace {

constexpr std::size_t width = 3;
constexpr auto restarting = moving_average(0.75f).restarted_below(2.0f);

/// The nodes that a layer writes have the room that it says.
template <int... Dims, class Layer>
constexpr bool has_room(Layer layer) {
  return static_cast<int>(write<Dims...>(layer).graph.nodes.size()) <= Layer::max_nodes;
}
static_assert(has_room<2, 3, 6>(vector_quantize<4>("q", restarting)));

constexpr bool counts_start_at_zero() {
  const Written restarted = write<6>(vector_quantize<4>("q", restarting));
  const Written kept = write<6>(vector_quantize<4>("q", moving_average(0.75f)));
  return starts(restarted.parameter("counts"), Initializer::constant, 0.0f) && restarted.count(Op::random) == 1 &&
         starts(kept.parameter("counts"), Initializer::constant, 1.0f) && kept.count(Op::random) == 0 &&
         restarted.count(Op::assign) == 2;
}
static_assert(counts_start_at_zero());

constexpr bool bound_is_checked(float uses) {
  const Diagnostic found =
      write<6>(vector_quantize<4>("q", moving_average(0.5f).restarted_below(uses))).diagnostic;
  return is(found, Mistake::bound_not_positive, "q", shape_of(batch, in_percent(uses)), {});
}
static_assert(bound_is_checked(0.0f) && bound_is_checked(-0.5f));

/// Whichever vector a lot is drawn for: in double precision the same for the graph and for the loops.
double lot_of(int step, std::size_t vector) {
  return uniform(static_cast<std::uint32_t>(50 + step), vector, 0, 1);
}

/// A codebook and its counts by plain loops.
struct ByHand {
  std::vector<double> codebook, counts;
  int restarts = 0, moves = 0;

  std::size_t nearest(const double* z) const {
    std::size_t best = 0;
    double least = INFINITY;
    for (std::size_t k = 0; k < counts.size(); ++k) {
      double distance = 0;
      for (std::size_t i = 0; i < width; ++i) distance += std::pow(z[i] - codebook[k * width + i], 2);
      if (distance < least) least = distance, best = k;
    }
    return best;
  }
  std::vector<double> smoothed(const std::vector<double>& n) const {
    const double epsilon = double{1e-5f}, all = static_cast<double>(n.size());
    double total = 0;
    for (const double x : n) total += x;
    std::vector<double> result;
    for (const double x : n) result.push_back((x + epsilon) / (total + all * epsilon) * total);
    return result;
  }
  void step(int number, const std::vector<double>& z) {
    const std::size_t vectors = z.size() / width, size = counts.size();
    const double lots = std::max(2.0 * static_cast<double>(vectors), static_cast<double>(size));
    const auto is_idle = [&](std::size_t k) { return counts[k] < 2; };
    std::vector<double> uses(size, 0.0), sums(codebook.size(), 0.0);
    const auto give = [&](std::size_t k, std::size_t v) {
      uses[k] += 1;
      for (std::size_t i = 0; i < width; ++i) sums[k * width + i] += z[v * width + i];
    };
    for (std::size_t v = 0; v < vectors; ++v) {
      const std::size_t near = nearest(&z[v * width]), lot = static_cast<std::size_t>(lot_of(number, v) * lots);
      if (!is_idle(near)) give(near, v);
      if (lot < size && is_idle(lot)) give(lot, v);
    }
    std::vector<double> next;
    for (std::size_t k = 0; k < size; ++k) next.push_back(0.75 * counts[k] + 0.25 * uses[k]);
    const std::vector<double> before = smoothed(counts), behind = smoothed(next);
    for (std::size_t k = 0; k < size; ++k) {
      const bool idle = is_idle(k), restarted = idle && uses[k] > 0;
      for (std::size_t i = k * width; i < (k + 1) * width; ++i) {
        if (restarted) codebook[i] = sums[i] / uses[k];
        else if (!idle) codebook[i] = (0.75 * codebook[i] * before[k] + 0.25 * sums[i]) / behind[k];
      }
      if (restarted) next[k] = 2;
      restarts += restarted ? 1 : 0;
      moves += idle ? 0 : 1;
    }
    counts = next;
  }
};

template <int... Dims>
void compare(int samples) {
  const Written written = write<Dims...>(vector_quantize<7>("q", restarting));
  reference::Interpreter graph(written.graph, samples);
  std::vector<double>& z = graph.named("x").values;
  ByHand expected;
  for (std::size_t i = 0; i < 7 * width; ++i) expected.codebook.push_back(uniform(2, i, -1, 1));
  expected.counts.assign(7, 0.0);
  graph.named("q.weight").values = expected.codebook;
  for (int step = 1; step <= 30; ++step) {
    INFO("batch " << samples << ", step " << step);
    // Samples around three points: few vectors of the codebook are used.
    for (std::size_t i = 0; i < z.size(); ++i)
      z[i] = static_cast<double>(i / width % 3) + uniform(static_cast<std::uint32_t>(100 + step), i, -0.1, 0.1);
    graph.draw = [=](const Node&, std::size_t element) { return lot_of(step, element); };
    graph.run(step);
    graph.commit();
    expected.step(step, z);
    CHECK(largest_error(graph.named("q.weight").values, expected.codebook, 1e-2) < 1e-9);
    CHECK(largest_error(graph.named("q.counts").values, expected.counts, 1e-2) < 1e-9);
  }
  CHECK(expected.restarts >= 7);
  if (samples > 1) CHECK(expected.moves > 0);
}

}  // namespace

TEST_CASE("idle vectors of a codebook restart at those of the batch that the lot gives them, and others move on") {
  for (const int samples : {1, 9, 33}) compare<3>(samples);
  for (const int samples : {1, 8}) {
    compare<4, 3>(samples);
    compare<2, 5, 3>(samples);
  }
}
