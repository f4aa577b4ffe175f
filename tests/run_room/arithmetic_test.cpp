// Denormal numbers, rounding and traps: one arithmetic on every thread, whatever that thread has set.
#include "run_room/models.hpp"
#include "run_room/sessions.hpp"
#include "support/catch.hpp"
#include "support/targets.hpp"

#include <oneapi/tbb/global_control.h>
#include <oneapi/tbb/task_arena.h>

#include <cfenv>
#include <functional>
#include <limits>
#include <thread>

using namespace isthmus;
using namespace isthmus::testing;

namespace {

constexpr int most = 300;
constexpr float smallest_normal = std::numeric_limits<float>::min();

/// A host's team of threads that are made anew each time.
struct Team {
  template <class Body>
  void operator()(int workers, Body body) {
    std::vector<std::thread> threads;
    for (int worker = 0; worker < workers; ++worker) threads.emplace_back([=] { body(worker); });
    for (std::thread& thread : threads) thread.join();
  }
};

/// Samples of which every other value is denormal.
std::vector<float> with_denormals(float denormal) {
  std::vector<float> x = samples_of<Wide>(most);
  for (std::size_t i = 0; i < x.size(); i += 2) x[i] = i % 4 == 0 ? denormal : -denormal;
  return x;
}

struct Trained {
  double loss = 0;
  std::vector<NamedTensor> tensors;
  bool operator==(const Trained& other) const { return loss == other.loss && same_bits(tensors, other.tensors); }
};

/// After forty steps, more than the choice between one worker and all takes.
Trained trained_on(const std::vector<float>& x, const Threads& threads = Threads::none()) {
  TrainerCore trainer = trainer_of<Wide>(most);
  trainer.set_threads(threads);
  Trained result;
  for (int step = 0; step < 40; ++step) result.loss = trainer.step(x);
  result.loss += trainer.evaluate(x);
  result.tensors = trainer.read(true);
  return result;
}

/// The caller's floating-point environment, set by `change` and restored.
class Environment {
 public:
  explicit Environment(const std::function<void()>& change) {
    std::fegetenv(&before_);
    change();
  }
  ~Environment() { std::fesetenv(&before_); }
  Environment(const Environment&) = delete;
  Environment& operator=(const Environment&) = delete;

 private:
  std::fenv_t before_;
};

}  // namespace

TEST_CASE("denormal samples count as zeros, the same on the caller's thread, in arenas and on a host's team") {
  const tbb::global_control allow(tbb::global_control::max_allowed_parallelism, 4);
  for_each_target([&] {
    const Trained expected = trained_on(with_denormals(0.0f));
    CHECK(trained_on(with_denormals(std::numeric_limits<float>::denorm_min())) == expected);
    const std::vector<float> x = with_denormals(smallest_normal / 2);
    CHECK(trained_on(x) == expected);
    for (const int workers : {1, 2, 4}) {
      INFO(workers << " workers");
      tbb::task_arena arena(workers);
      CHECK(arena.execute([&] { return trained_on(x, {}); }) == expected);
      CHECK(trained_on(x, Threads::in(arena)) == expected);
      Team team;
      CHECK(trained_on(x, Threads::of_host(workers, team)) == expected);
    }
  });
}

TEST_CASE("numbers that decay become zero instead of denormal") {
  // Units that are dead have no gradients: their moments shrink by a tenth in each step.
  TrainerCore trainer = trainer_of<Relu>(3);
  std::vector<NamedTensor> tensors = trainer.read(true);
  for (NamedTensor& tensor : tensors) {
    if (tensor.name == "enc.bias") std::fill(tensor.values.begin(), tensor.values.end(), -100.0f);
    if (tensor.name == "enc.weight.m") std::fill(tensor.values.begin(), tensor.values.end(), 4 * smallest_normal);
  }
  trainer.write(tensors, true, 1, "test");
  const std::vector<float> x = samples_of<Relu>(3);
  for (int step = 0; step < 20; ++step) trainer.step(x);
  tensors = trainer.read(true);
  const std::vector<float>& moments = values_of(tensors, "enc.weight.m");
  CHECK(moments == std::vector<float>(moments.size(), 0.0f));
}

TEST_CASE("a host's rounding and its traps make no difference, and are there again afterwards") {
  const tbb::global_control allow(tbb::global_control::max_allowed_parallelism, 4);
  const std::vector<float> x = with_denormals(smallest_normal / 2);
  const Trained expected = trained_on(x);
  tbb::task_arena arena(2);
  const std::vector<std::function<void()>> settings{
      [] { std::fesetround(FE_UPWARD); },
      [] { std::fesetround(FE_TOWARDZERO); },
#if defined(__GLIBC__) && defined(__x86_64__)
      [] { feenableexcept(FE_INVALID | FE_DIVBYZERO | FE_OVERFLOW | FE_UNDERFLOW); },
#endif
  };
  for (const auto& change : settings) {
    const Environment environment(change);
    const int rounding = std::fegetround();
    std::feclearexcept(FE_ALL_EXCEPT);
    Team team;
    for (const Threads& threads : {Threads::none(), Threads::in(arena), Threads::of_host(2, team)}) {
      TrainerCore trainer = trainer_of<Wide>(most);
      trainer.set_threads(threads);
      for (int step = 0; step < 40; ++step) trainer.step(x);
      CHECK(same_bits(trainer.read(true), expected.tensors));
    }
    CHECK(std::fegetround() == rounding);
  }
}

TEST_CASE("a run leaves no flag behind") {
  const std::vector<float> x = with_denormals(smallest_normal / 2);
  InferenceCore encoder = part_of<Wide, Role::encode>(trainer_of<Wide>(most), most);
  std::vector<float> codes(most * 20);
  std::feclearexcept(FE_ALL_EXCEPT);
  encoder.try_run({x.data(), most}, {codes.data(), most});
  CHECK(std::fetestexcept(FE_UNDERFLOW | FE_OVERFLOW | FE_INVALID | FE_DIVBYZERO) == 0);
}
