// Models of images give the same bits however they are run: for any batch up to the largest, on any number of
// threads, and in two halves.
#include "run_room/image_models.hpp"
#include "run_room/sessions.hpp"
#include "support/catch.hpp"
#include "support/targets.hpp"

#include <oneapi/tbb/global_control.h>
#include <oneapi/tbb/task_arena.h>

using namespace isthmus;
using namespace isthmus::testing;

namespace {

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
  }
}

template <class M>
std::vector<NamedTensor> after_steps(int threads, bool sequential, std::vector<double>& losses) {
  constexpr std::size_t samples = 64;
  const std::vector<float> x = samples_of<M>(samples);
  tbb::task_arena arena(threads);
  return arena.execute([&] {
    TrainerCore trainer = trainer_of<M>(samples, 7);
    if (sequential) trainer.set_threads(Threads::none());
    for (std::size_t i = 0; i < 8; ++i)
      losses.push_back(trainer.step(std::span(x).first(i % 4 == 3 ? x.size() / samples * 29 : x.size())));
    losses.push_back(trainer.evaluate(x));
    return trainer.read(true);
  });
}

template <class M>
void compare_threads() {
  std::vector<double> expected_losses;
  const auto expected = after_steps<M>(1, true, expected_losses);
  for (const int threads : {1, 2, 4}) {
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
    // A guard behind each buffer: nothing is written past the end.
    std::vector<float> codes(n * code + 1, -7), y(n * in + 1, -7), z(n * in + 1, -8);
    const std::span<const float> x(data.data(), n * in);
    encoder.run(x, std::span(codes.data(), n * code));
    decoder.run(std::span<const float>(codes.data(), n * code), std::span(y.data(), n * in));
    whole.run(x, std::span(z.data(), n * in));
    CHECK(codes.back() == -7);
    CHECK(y.back() == -7);
    CHECK(z.back() == -8);
    z.back() = -7;
    CHECK(y == z);
  }
}

/// Runs `body.template operator()<M>()` for every model, on every SIMD target.
template <class Body>
void for_each_model(Body body) {
  for_each_target([&] {
#define ISTHMUS_TEST_RUN(M)        \
  {                                \
    INFO(#M);                      \
    body.template operator()<M>(); \
  }
    ISTHMUS_TEST_IMAGE_MODELS(ISTHMUS_TEST_RUN)
#undef ISTHMUS_TEST_RUN
  });
}

}  // namespace

TEST_CASE("images: a partial batch gives the bits of a session built for it") {
  for_each_model([]<class M>() { compare_batches<M>(); });
}

TEST_CASE("images: steps give the same bits one after the other and on 1, 2 and 4 threads") {
  const tbb::global_control allow(tbb::global_control::max_allowed_parallelism, 4);
  for_each_model([]<class M>() { compare_threads<M>(); });
}

TEST_CASE(
    "the convolutions of these models are cut into several tiles, so that the threads have something to share") {
  const TrainerCore trainer = trainer_of<Colours>(64);
  const run::Session& session = trainer.training_session();
  CHECK(session.executor().graph().size() > session.program().plan.group_count + 10);
}

TEST_CASE("images: decode(encode(x)) has the bits of reconstruct(x)") {
  for_each_model([]<class M>() { compare_halves<M>(); });
}
