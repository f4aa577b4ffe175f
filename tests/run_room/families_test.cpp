// Models of every family on every SIMD target: against the double-precision reference, run in every way, and what
// is particular to each.
#include <isthmus/error.hpp>

#include "run_room/compare_training.hpp"
#include "run_room/family_models.hpp"
#include "run_room/sessions.hpp"
#include "support/catch.hpp"
#include "support/reference.hpp"
#include "support/targets.hpp"

#include <oneapi/tbb/global_control.h>
#include <oneapi/tbb/task_arena.h>

using namespace isthmus;
using namespace isthmus::testing;

namespace {

using Names = std::vector<std::string>;

template <class M>
void compare_batches() {
  TrainerCore large = trainer_of<M>(33);
  const std::vector<float> big = samples_of<M>(33, 8);
  for (const int samples : {1, 5, 17, 32}) {
    INFO("batch " << samples);
    TrainerCore exact = trainer_of<M>(samples);
    // Data that a larger batch leaves in the arena must have no effect.
    large.step(big);
    large.evaluate(big);
    exact.write(large.read(true), true, large.steps(), "test");
    const std::vector<float> x = samples_of<M>(samples);
    CHECK(large.step(x) == exact.step(x));
    CHECK(large.step(x) == exact.step(x));
    CHECK(same_bits(large.read(true), exact.read(true)));
    CHECK(large.evaluate(x) == exact.evaluate(x));
    CHECK(std::equal(large.last_terms().begin(), large.last_terms().end(), exact.last_terms().begin()));
  }
}

template <class M>
std::vector<NamedTensor> after_steps(int threads, bool sequential, std::vector<double>& losses) {
  constexpr std::size_t samples = 150;
  const std::vector<float> x = samples_of<M>(samples);
  tbb::task_arena arena(threads);
  return arena.execute([&] {
    TrainerCore trainer = trainer_of<M>(samples, 7);
    if (sequential) trainer.set_threads(Threads::none());
    for (std::size_t i = 0; i < 8; ++i) {
      losses.push_back(trainer.step(std::span(x).first(i % 4 == 3 ? x.size() / samples * 29 : x.size())));
      losses.insert(losses.end(), trainer.last_terms().begin(), trainer.last_terms().end());
    }
    losses.push_back(trainer.evaluate(x));
    return trainer.read(true);
  });
}
template <class M>
void compare_threads() {
  std::vector<double> expected_losses;
  const auto expected = after_steps<M>(1, true, expected_losses);
  for (const int threads : {1, 2, 3}) {
    INFO(threads << " threads");
    std::vector<double> losses;
    const auto found = after_steps<M>(threads, false, losses);
    CHECK(losses == expected_losses);
    CHECK(same_bits(found, expected));
  }
}

template <class M>
void compare_halves() {
  constexpr int most = 33;
  TrainerCore trainer = trainer_of<M>(most);
  const std::vector<float> data = samples_of<M>(most, 5);
  for (int i = 0; i < 3; ++i) trainer.step(data);
  InferenceCore encoder = part_of<M, Role::encode>(trainer, most),
                decoder = part_of<M, Role::decode>(trainer, most),
                whole = part_of<M, Role::reconstruct>(trainer, most);
  constexpr auto in = static_cast<std::size_t>(M::model.input_size()),
                 code = static_cast<std::size_t>(M::model.code_size());
  for (const std::size_t n : {std::size_t{33}, std::size_t{1}, std::size_t{6}}) {
    INFO("batch " << n);
    std::vector<float> codes(n * code), y(n * in), z(n * in);
    const std::span<const float> x(data.data(), n * in);
    encoder.run(x, codes);
    decoder.run(codes, y);
    whole.run(x, z);
    CHECK(y == z);
  }
}

/// Runs `body.template operator()<M>()` for every model, on every SIMD target.
template <class Body>
void for_each_family(Body body) {
  for_each_target([&] {
#define ISTHMUS_TEST_RUN(M)        \
  {                                \
    INFO(#M);                      \
    body.template operator()<M>(); \
  }
    ISTHMUS_TEST_FAMILIES(ISTHMUS_TEST_RUN)
#undef ISTHMUS_TEST_RUN
  });
}

}  // namespace

TEST_CASE("families: three training steps and an evaluation, loss and terms") {
  for_each_family([]<class M>() {
    for (const int samples : {1, 5, 17, 33}) compare_training<M>(samples);
  });
}

TEST_CASE("families: a partial batch gives the bits of a session built for it") {
  for_each_family([]<class M>() { compare_batches<M>(); });
}

TEST_CASE("families: steps give the same bits one after the other and on 1, 2 and 3 threads") {
  const tbb::global_control allow(tbb::global_control::max_allowed_parallelism, 3);
  for_each_family([]<class M>() { compare_threads<M>(); });
}

TEST_CASE("families: decode(encode(x)) has the bits of reconstruct(x)") {
  for_each_family([]<class M>() { compare_halves<M>(); });
}

TEST_CASE("families: training that is read and written back goes on with the same bits") {
  for_each_family([]<class M>() {
    const std::vector<float> x = samples_of<M>(9);
    TrainerCore whole = trainer_of<M>(9, 3), first = trainer_of<M>(9, 3), second = trainer_of<M>(9, 3);
    for (int i = 0; i < 4; ++i) whole.step(x);
    for (int i = 0; i < 2; ++i) first.step(x);
    second.write(first.read(true), true, first.steps(), "test");
    for (int i = 0; i < 2; ++i) second.step(x);
    CHECK(same_bits(whole.read(true), second.read(true)));
    CHECK(whole.evaluate(x) == second.evaluate(x));
  });
}

TEST_CASE("tied weights are one parameter, which both halves carry") {
  static_assert(Tied::model.parameters() == 13 * 11 + 11 + 11 * 3 + 3 + 11 + 13);
  const TrainerCore trainer = trainer_of<Tied>(4);
  const auto names = [](const std::vector<NamedTensor>& tensors) {
    Names list;
    for (const NamedTensor& tensor : tensors) list.push_back(tensor.name);
    std::sort(list.begin(), list.end());
    return list;
  };
  CHECK(names(trainer.read(false)) ==
        Names{"code.bias", "code.weight", "dec.bias", "enc.bias", "enc.weight", "out.bias"});
  const InferenceCore encoder = part_of<Tied, Role::encode>(trainer, 4),
                      decoder = part_of<Tied, Role::decode>(trainer, 4);
  CHECK(names(encoder.read()) == Names{"code.bias", "code.weight", "enc.bias", "enc.weight"});
  CHECK(names(decoder.read()) == Names{"code.weight", "dec.bias", "enc.weight", "out.bias"});
  CHECK(values_of(decoder.read(), "enc.weight") == values_of(trainer.read(false), "enc.weight"));
}

TEST_CASE("what is made of shared weights is made before their owner has run") {
  for_each_target([] {
    const TrainerCore trainer = trainer_of<Tied>(4);
    const std::vector<float> x = samples_of<Tied>(4);
    const auto results = [&](InferenceCore& core) {
      std::vector<float> y(x.size());
      core.run(x, y);
      return y;
    };
    InferenceCore alone = part_of<Tied, Role::reconstruct>(trainer, 4);
    InferenceCore owner = part_of<Tied, Role::reconstruct>(trainer, 4), reader(shared_weights, owner, 4);
    const std::vector<float> expected = results(alone);
    CHECK(results(reader) == expected);
    CHECK(results(owner) == expected);
  });
}

TEST_CASE("a schedule decides the rate, and clipping how far a step goes") {
  for_each_target([] {
    const std::vector<float> x = samples_of<Tied>(9);
    const auto length = [](const std::vector<NamedTensor>& a, const std::vector<NamedTensor>& b) {
      double squares = 0;
      for (std::size_t t = 0; t < a.size(); ++t)
        for (std::size_t i = 0; i < a[t].values.size(); ++i)
          squares += std::pow(double{b[t].values[i]} - double{a[t].values[i]}, 2);
      return std::sqrt(squares);
    };
    TrainerCore trainer = trainer_of<Tied>(9);
    CHECK(trainer.learning_rate() == 0.5);
    const auto start = trainer.read(false);
    // At the start the gradient is longer than 1/32: the first step, without momentum yet, goes rate / 32.
    trainer.step(x);
    CHECK(length(start, trainer.read(false)) == Approx(0.5 / 32).epsilon(1e-4));
    // Half of the schedule: from 0.5 to 0.05.
    TrainerCore later = trainer_of<Tied>(9);
    later.write(later.read(true), true, 1, "test");
    later.set_learning_rate(1);
    later.step(x);
    CHECK(length(start, later.read(false)) == Approx(2 * 0.275 / 32).epsilon(1e-4));
  });
}

TEST_CASE("terms are told without their weights, and sum to the loss with them") {
  for_each_target([] {
    TrainerCore sparse = trainer_of<Sparse>(9), one = trainer_of<Tied>(9);
    CHECK(one.terms().empty());
    CHECK(one.last_terms().empty());
    CHECK(sparse.terms() == Names{"mse", "sparsity", "l1", "again", "ignored"});
    const auto sum_of = [](std::span<const double> t) { return t[0] + 0.1 * t[1] + 0.05 * t[2] + t[3]; };
    const std::vector<float> x = samples_of<Sparse>(9);
    for (int i = 0; i < 3; ++i) {
      const double loss = sparse.step(x);
      CHECK(loss == Approx(sum_of(sparse.last_terms())).epsilon(1e-6));
      const double evaluated = sparse.evaluate(x);
      CHECK(evaluated == Approx(sum_of(sparse.last_terms())).epsilon(1e-6));
      CHECK(sparse.last_terms()[0] == sparse.last_terms()[3]);
      CHECK(sparse.last_terms()[4] > 1);
    }
    // Weights that change: in training those of the step, in an evaluation the last ones.
    TrainerCore drawn_code = trainer_of<Variational>(9);
    CHECK(drawn_code.terms() == Names{"bernoulli", "kl"});
    const std::vector<float> y = samples_of<Variational>(9);
    for (const double weight : {0.25, 1.125, 2.0, 2.0}) {
      const double loss = drawn_code.step(y);
      CHECK(loss == Approx(drawn_code.last_terms()[0] + weight * drawn_code.last_terms()[1]).epsilon(1e-6));
      const double evaluated = drawn_code.evaluate(y);
      CHECK(evaluated == Approx(drawn_code.last_terms()[0] + 2 * drawn_code.last_terms()[1]).epsilon(1e-6));
    }
  });
}

namespace {

template <class M>
void check_variational() {
  constexpr std::size_t samples = 6;
  const std::vector<float> x = samples_of<M>(samples);
  const auto code = static_cast<std::size_t>(M::model.code_size());
  TrainerCore trainer = trainer_of<M>(samples);
  for (int i = 0; i < 5; ++i) trainer.step(x);
  InferenceCore encoder = part_of<M, Role::encode>(trainer, samples);
  CHECK(encoder.session().side_outputs() == Names{"log_var"});

  // The code is μ: the same in each run, and each sample's own.
  std::vector<float> codes(samples * code), again(samples * code), last(code);
  encoder.run(x, codes);
  const std::vector<float> log_var(encoder.side_output("log_var").begin(), encoder.side_output("log_var").end());
  REQUIRE(log_var.size() == samples * code);
  encoder.run(x, again);
  CHECK(codes == again);
  CHECK(std::equal(log_var.begin(), log_var.end(), encoder.side_output("log_var").begin()));
  encoder.run(std::span(x).last(x.size() / samples), last);
  CHECK(std::equal(last.begin(), last.end(), codes.end() - static_cast<std::ptrdiff_t>(code)));
  CHECK(encoder.side_output("log_var").size() == code);
  CHECK(std::equal(encoder.side_output("log_var").begin(), encoder.side_output("log_var").end(),
                   log_var.end() - static_cast<std::ptrdiff_t>(code)));
  CHECK_THROWS_WITH(
      encoder.side_output("mu"),
      "output \"mu\": expected one that is declared beside the code or the reconstruction, found none");

  // Both are what the reference's layers give.
  reference::Interpreter graph(M::model.graph, samples);
  for (const NamedTensor& tensor : trainer.read(false))
    graph.named(tensor.name).values.assign(tensor.values.begin(), tensor.values.end());
  graph.named("x").values.assign(x.begin(), x.end());
  graph.run();
  CHECK(largest_error(codes, graph[Scope::find_result(M::model.graph, "mu")].values, 1e-2) < 1e-4);
  CHECK(largest_error(log_var, graph[Scope::find_result(M::model.graph, "log_var")].values, 1e-2) < 1e-4);

  // Neither the whole nor the decoder has anything beside its result, or noise.
  InferenceCore whole = part_of<M, Role::reconstruct>(trainer, samples),
                decoder = part_of<M, Role::decode>(trainer, samples);
  CHECK(whole.session().side_outputs().empty());
  CHECK(decoder.session().side_outputs().empty());
  CHECK(decoder.input_size() == static_cast<int>(code));
  std::vector<float> y(x.size()), z(x.size());
  whole.run(x, y);
  whole.run(x, z);
  CHECK(y == z);

  // An evaluation draws by the samples' names, a step by its number.
  const std::vector<std::uint32_t> some{12, 7, 99, 5, 80000, 3}, others{12, 7, 99, 5, 80001, 3};
  const double first = trainer.evaluate(x, some);
  CHECK(trainer.evaluate(x, some) == first);
  CHECK(trainer.evaluate(x, others) != first);
  trainer.set_learning_rate(0);
  const double step = trainer.step(x, {}, some);
  CHECK(trainer.step(x, {}, some) != step);
  CHECK(trainer.evaluate(x, some) == first);
}

}  // namespace

TEST_CASE("a variational encoder gives mean and deviation, a decoder takes any code") {
  for_each_target([] {
    check_variational<Variational>();
    check_variational<VariationalImages>();
  });
}
