// The importance-weighted bound on log p(x), on every SIMD target: against plain loops in double precision,
// against a model whose log p(x) is known, and that nothing but the samples' numbers and the draws has a part in
// it.
#include <isthmus/error.hpp>
#include <isthmus/run/importance.hpp>

#include "run_room/drawn.hpp"
#include "run_room/family_models.hpp"
#include "run_room/sessions.hpp"
#include "support/catch.hpp"
#include "support/reference.hpp"
#include "support/targets.hpp"

#include <oneapi/tbb/task_arena.h>

#include <numeric>

using namespace isthmus;
using namespace isthmus::testing;

namespace {

constexpr std::uint64_t seed = 5;
const double pi = std::acos(-1.0);
using Row = std::vector<double>;

run::Session evaluation_of(const lower::Program& program, const std::vector<NamedTensor>& tensors, int samples) {
  run::Session session(program, samples);
  session.write(tensors, false, "test");
  return session;
}
template <class M>
run::Session evaluation_of(int samples) {
  return evaluation_of(linked_program<M, Role::evaluate>(), trainer_of<M>(1, seed).read(false), samples);
}

/// The bounds of samples [first, first + n) of x.
std::vector<double> bounds_of(run::Session& session, const std::vector<float>& x, int draws,
                              std::uint32_t first = 0, int n = -1, std::uint32_t draw = 0) {
  const auto width = static_cast<std::size_t>(session.input_size());
  if (n < 0) n = static_cast<int>(x.size() / width);
  std::vector<std::uint32_t> numbers(static_cast<std::size_t>(n));
  std::iota(numbers.begin(), numbers.end(), first);
  const Samples samples(x.data() + first * width, n);
  run::RunArguments arguments;
  arguments.samples = n;
  arguments.inputs = {&samples, 1};
  arguments.step = run::end_of_schedules;
  arguments.seed = seed;
  arguments.draw = draw;
  arguments.sample_numbers = numbers.data();
  std::vector<double> bounds(numbers.size());
  run::importance_bounds(session, arguments, draws, bounds);
  return bounds;
}

/// x W + b of the layer.
Row dense_of(const std::vector<NamedTensor>& tensors, const std::string& layer, const Row& x) {
  const auto& weight = values_of(tensors, layer + ".weight");
  const auto& bias = values_of(tensors, layer + ".bias");
  Row y(bias.begin(), bias.end());
  for (std::size_t i = 0; i < x.size(); ++i)
    for (std::size_t j = 0; j < y.size(); ++j) y[j] += x[i] * double{weight[i * y.size() + j]};
  return y;
}
Row each(Row x, double (*function)(double)) {
  for (double& value : x) value = function(value);
  return x;
}
double normal_log_density(double x, double mean, double variance) {
  return -0.5 * (std::log(2 * pi * variance) + (x - mean) * (x - mean) / variance);
}

/// log p(x | z) + log p(z) - log q(z | x) of a sample of `Variational`, or `Binarized`, whose activations these
/// are.
double log_weight(const std::vector<NamedTensor>& tensors, const Row& x, double (*enc)(double),
                  double (*dec)(double), std::size_t sample, std::uint32_t draw) {
  const Row h = each(dense_of(tensors, "enc", x), enc);
  const Row mu = dense_of(tensors, "mu", h), log_var = dense_of(tensors, "log_var", h);
  Node noise;
  noise.shape = shape_of(batch, 3);
  noise.attribute = Distribution::normal;
  noise.label = {"z", "noise", ""};
  Row z;
  double result = 0;
  for (std::size_t j = 0; j < mu.size(); ++j) {
    const double variance = std::exp(log_var[j]);
    z.push_back(mu[j] + std::sqrt(variance) * drawn(noise, sample * 3 + j, seed, draw));
    result += normal_log_density(z[j], 0, 1) - normal_log_density(z[j], mu[j], variance);
  }
  const Row logits = dense_of(tensors, "out", each(dense_of(tensors, "dec", z), dec));
  for (std::size_t i = 0; i < x.size(); ++i) {
    const double p = 1 / (1 + std::exp(-logits[i]));
    result += x[i] * std::log(p) + (1 - x[i]) * std::log(1 - p);
  }
  return result;
}
double log_mean_exp(const Row& w) {
  double sum = 0;
  for (const double value : w) sum += std::exp(value);
  return std::log(sum / static_cast<double>(w.size()));
}

constexpr int samples = 9;

/// `observe` gives the value of a pixel that the model learns.
template <class M, class Observe>
void compare_with_loops(double (*enc)(double), double (*dec)(double), Observe observe) {
  run::Session session = evaluation_of<M>(samples);
  const std::vector<NamedTensor> tensors = session.read(false);
  const std::vector<float> x = samples_of<M>(samples);
  for (const int draws : {1, 4}) {
    const std::vector<double> bounds = bounds_of(session, x, draws);
    for (std::size_t i = 0; i < samples; ++i) {
      Row row, weights;
      for (std::size_t k = i * 13; k < (i + 1) * 13; ++k) row.push_back(observe(k, double{x[k]}));
      for (int k = 0; k < draws; ++k)
        weights.push_back(log_weight(tensors, row, enc, dec, i, static_cast<std::uint32_t>(k)));
      CHECK(bounds[i] == Approx(log_mean_exp(weights)).epsilon(1e-5));
    }
  }
}

}  // namespace

TEST_CASE("importance bounds are those of plain loops in double precision") {
  for_each_target([] {
    compare_with_loops<Variational>([](double v) { return std::sin(v); }, [](double v) { return std::cos(v); },
                                    [](std::size_t, double value) { return value; });
  });
}

TEST_CASE("importance bounds of binarized data: the same zeros and ones in every draw") {
  Node noise;
  noise.shape = shape_of(batch, 13);
  noise.attribute = Distribution::uniform;
  noise.label = {"x", "binarization", ""};
  const auto observe = [&](std::size_t k, double value) { return value > drawn(noise, k, seed, 0) ? 1.0 : 0.0; };
  const auto tanh = [](double v) { return std::tanh(v); };
  for_each_target([&] { compare_with_loops<Binarized>(tanh, tanh, observe); });
}

TEST_CASE(
    "with one draw the bound is the evidence lower bound: the same likelihood, the divergence as its sample") {
  run::Session session = evaluation_of<Variational>(samples);
  const std::vector<float> x = samples_of<Variational>(samples);
  constexpr int rounds = 4000;
  double difference = 0, spread = 0;
  for (std::uint32_t draw = 0; draw < rounds; ++draw) {
    const std::vector<double> bounds = bounds_of(session, x, 1, 0, samples, draw);
    // The terms are those of the run that drew these codes.
    const double elbo = -session.scalar_output("bernoulli") - session.scalar_output("kl");
    const double d = std::accumulate(bounds.begin(), bounds.end(), 0.0) / samples - elbo;
    difference += d / rounds;
    spread += d * d / rounds;
  }
  CHECK(spread > 0);
  CHECK(std::fabs(difference) < 5 * std::sqrt(spread / rounds));
  // Its first draw has the noise of an evaluation.
  TrainerCore trainer = trainer_of<Variational>(samples, seed);
  trainer.evaluate(x);
  bounds_of(session, x, 1);
  CHECK(trainer.last_terms()[0] == session.scalar_output("bernoulli"));
}

namespace {

/// A model x = W z + b + N(0, I) whose columns of W are orthogonal, so that the codes of a sample are independent:
/// then p(z | x) is what an encoder gives, N(Wᵀ (x - b) / m, 1 / m) with m = 1 + |w|² for each column.
struct Components {
  const double weight[3][7] = {
      {0.9, 0.9, 0, 0, 0.9, 0, 0}, {0.5, -0.5, 0, 1, 0, 0.25, 0.125}, {0, 0, 0.75, 0, 0, -0.5, 1}};
  double bias(std::size_t i) const { return 0.1 * static_cast<double>(i); }
  double precision(std::size_t j) const {
    return 1 + std::inner_product(weight[j], weight[j] + 7, weight[j], 0.0);
  }
  double log_density(const float* x) const {
    double result = 0;
    for (std::size_t i = 0; i < 7; ++i) result += normal_log_density(double{x[i]}, bias(i), 1);
    for (std::size_t j = 0; j < 3; ++j) {
      double along = 0;
      for (std::size_t i = 0; i < 7; ++i) along += weight[j][i] * (double{x[i]} - bias(i));
      result += 0.5 * (along * along / precision(j) - std::log(precision(j)));
    }
    return result;
  }
  /// The parameters; the encoder's mean is `mean` times and its variance `variance` times the posterior's.
  void write(std::vector<NamedTensor>& tensors, double mean, double variance) const {
    for (NamedTensor& tensor : tensors) {
      for (std::size_t k = 0; k < tensor.values.size(); ++k) {
        double value = 0;
        const std::size_t j = k % 3, i = k / 3;
        if (tensor.name == "out.weight") value = weight[k / 7][k % 7];
        if (tensor.name == "out.bias") value = bias(k);
        if (tensor.name == "mu.weight") value = mean * weight[j][i] / precision(j);
        if (tensor.name == "mu.bias")
          for (std::size_t n = 0; n < 7; ++n) value -= mean * weight[k][n] * bias(n) / precision(k);
        if (tensor.name == "log_var.bias") value = std::log(variance / precision(k));
        tensor.values[k] = static_cast<float>(value);
      }
    }
  }
};

/// log p(x) less the bound, the mean over the samples.
double gap(double mean, double variance, int draws, double largest_for_one = 1e9) {
  const Components components;
  std::vector<NamedTensor> tensors = trainer_of<LinearGaussian>(1).read(false);
  components.write(tensors, mean, variance);
  constexpr int count = 40;
  run::Session session = evaluation_of(linked_program<LinearGaussian, Role::evaluate>(), tensors, count);
  std::vector<float> x = samples_of<LinearGaussian>(count);
  for (float& value : x) value = 6 * value - 2;
  const std::vector<double> bounds = bounds_of(session, x, draws);
  double sum = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const double found = components.log_density(&x[i * 7]) - bounds[i];
    CHECK(std::fabs(found) < largest_for_one);
    sum += found / count;
  }
  return sum;
}

}  // namespace

TEST_CASE("a model whose log p(x) is known: one code of the posterior is enough") {
  for_each_target([] { CHECK(std::fabs(gap(1, 1, 1, 2e-4)) < 1e-4); });
}

TEST_CASE("a model whose log p(x) is known: the bound grows to it with the number of codes") {
  const double one = gap(0.7, 1.5, 1), ten = gap(0.7, 1.5, 10), hundred = gap(0.7, 1.5, 100),
               many = gap(0.7, 1.5, 10000);
  INFO(one << ' ' << ten << ' ' << hundred << ' ' << many);
  CHECK(one > 1.5 * ten);
  CHECK(ten > 1.5 * hundred);
  // What is left is chance.
  CHECK(std::fabs(hundred) < 0.03);
  CHECK(std::fabs(many) < 0.003);
}

namespace {

template <class M>
void check_bits() {
  INFO(M::model.input_size());
  constexpr int most = 150;
  const std::vector<float> x = samples_of<M>(most);
  run::Session session = evaluation_of<M>(most);
  const std::vector<double> expected = bounds_of(session, x, 3);
  // Any number of threads.
  for (const int threads : {1, 2, 3}) {
    tbb::task_arena arena(threads);
    CHECK(arena.execute([&] { return bounds_of(session, x, 3); }) == expected);
  }
  // Any batch: a sample's number says what is drawn for it.
  std::vector<double> in_parts;
  for (std::uint32_t first = 0; first < most; first += 29) {
    const auto part = bounds_of(session, x, 3, first, std::min(29, most - static_cast<int>(first)));
    in_parts.insert(in_parts.end(), part.begin(), part.end());
  }
  CHECK(in_parts == expected);
  // Other codes in other draws.
  CHECK(bounds_of(session, x, 3, 0, most, 3) != expected);
}

}  // namespace

TEST_CASE("importance bounds: the same bits on any number of threads and in any batch") {
  for_each_target([] {
    check_bits<Variational>();
    check_bits<VariationalImages>();
    check_bits<Binarized>();
    check_bits<ManyDraws>();
  });
}

TEST_CASE("a model that is trained on several codes: its loss is the bound of as many, and more take more runs") {
  for_each_target([] {
    run::Session session = evaluation_of<ManyDraws>(samples);
    const std::vector<float> x = samples_of<ManyDraws>(samples);
    const auto mean = [](const std::vector<double>& bounds) {
      return std::accumulate(bounds.begin(), bounds.end(), 0.0) / samples;
    };
    const std::vector<double> three = bounds_of(session, x, 3);
    CHECK(mean(three) == Approx(-session.scalar_output("importance")).epsilon(1e-5));
    // Of three codes and one more of the next run.
    const std::vector<double> four = bounds_of(session, x, 4), next = bounds_of(session, x, 1, 0, samples, 1);
    for (std::size_t i = 0; i < samples; ++i)
      CHECK(four[i] == Approx(std::log((3 * std::exp(three[i]) + std::exp(next[i])) / 4)).epsilon(1e-12));
  });
}

TEST_CASE("importance bounds need a code that is drawn, a likelihood, a draw and a place for each") {
  run::Session none = evaluation_of<Sparse>(2), session = evaluation_of<Variational>(2);
  CHECK_FALSE(run::has_log_weights(none));
  CHECK(run::has_log_weights(session));
  std::vector<double> bounds(2);
  run::RunArguments arguments;
  arguments.samples = 2;
  CHECK_THROWS_AS(run::importance_bounds(none, arguments, 1, bounds), Error);
  CHECK_THROWS_AS(run::importance_bounds(session, arguments, 0, bounds), ShapeError);
  CHECK_THROWS_AS(run::importance_bounds(session, arguments, 1, std::span(bounds).first(1)), ShapeError);
}
