// No allocation over 200 training steps, or in any run. This unit replaces the program's allocation functions by
// counting ones.
#include <isthmus/run/executor.hpp>
#include <isthmus/run/trainer.hpp>
#include <isthmus/schedule/policy.hpp>
#include <isthmus/schedule/rank.hpp>

#include "run_room/family_models.hpp"
#include "run_room/image_models.hpp"
#include "run_room/models.hpp"
#include "run_room/sessions.hpp"
#include "support/catch.hpp"
#include "support/numbers.hpp"
#include "support/task_graphs.hpp"

#include <oneapi/tbb/global_control.h>
#include <oneapi/tbb/task_arena.h>

#include <cstdlib>
#include <new>

namespace {

std::atomic<long> allocations{0};

}  // namespace

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define ISTHMUS_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || __has_feature(memory_sanitizer)
#define ISTHMUS_SANITIZED 1
#endif
#endif

// The sanitizers have malloc of their own; there only operator new is counted.
#if defined(__GLIBC__) && !defined(ISTHMUS_SANITIZED)
extern "C" {
void* __libc_malloc(std::size_t);
void* __libc_calloc(std::size_t, std::size_t);
void* __libc_realloc(void*, std::size_t);
void* __libc_memalign(std::size_t, std::size_t);

void* malloc(std::size_t size) {
  ++allocations;
  return __libc_malloc(size);
}
void* calloc(std::size_t count, std::size_t size) {
  ++allocations;
  return __libc_calloc(count, size);
}
void* realloc(void* old, std::size_t size) {
  ++allocations;
  return __libc_realloc(old, size);
}
void* aligned_alloc(std::size_t alignment, std::size_t size) {
  ++allocations;
  return __libc_memalign(alignment, size);
}
int posix_memalign(void** to, std::size_t alignment, std::size_t size) {
  ++allocations;
  *to = __libc_memalign(alignment, size);
  return *to == nullptr ? 12 : 0;
}
}
#endif

// GCC does not see that new and delete are replaced together.
#pragma GCC diagnostic ignored "-Wmismatched-new-delete"

void* operator new(std::size_t size) {
  ++allocations;
  if (void* const p = std::malloc(size)) return p;
  throw std::bad_alloc();
}
void* operator new[](std::size_t size) { return operator new(size); }
void* operator new(std::size_t size, std::align_val_t alignment) {
  ++allocations;
  const auto unit = static_cast<std::size_t>(alignment);
  if (void* const p = std::aligned_alloc(unit, (size + unit - 1) / unit * unit)) return p;
  throw std::bad_alloc();
}
void* operator new[](std::size_t size, std::align_val_t alignment) { return operator new(size, alignment); }
void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
  ++allocations;
  return std::malloc(size);
}
void* operator new[](std::size_t size, const std::nothrow_t& tag) noexcept { return operator new(size, tag); }
void operator delete(void* p) noexcept { std::free(p); }
void operator delete(void* p, const std::nothrow_t&) noexcept { std::free(p); }
void operator delete[](void* p, const std::nothrow_t&) noexcept { std::free(p); }
void operator delete[](void* p) noexcept { std::free(p); }
void operator delete(void* p, std::size_t) noexcept { std::free(p); }
void operator delete[](void* p, std::size_t) noexcept { std::free(p); }
void operator delete(void* p, std::align_val_t) noexcept { std::free(p); }
void operator delete[](void* p, std::align_val_t) noexcept { std::free(p); }
void operator delete(void* p, std::size_t, std::align_val_t) noexcept { std::free(p); }
void operator delete[](void* p, std::size_t, std::align_val_t) noexcept { std::free(p); }

using namespace isthmus;
using namespace isthmus::testing;

namespace {

template <class M, int max_batch>
long allocations_in_200_steps(int threads) {
  const std::vector<float> x = floats(static_cast<std::size_t>(max_batch * M::model.input_size()), 3, 0, 1);
  tbb::task_arena arena(threads);
  return arena.execute([&] {
    Trainer<M, max_batch> trainer(1);
    // The first steps wake TBB's threads, which allocate what they keep.
    for (int i = 0; i < 100; ++i) trainer.step(x);
    const long before = allocations;
    for (int i = 0; i < 200; ++i) {
      const auto samples = static_cast<std::size_t>(i % max_batch + 1);
      trainer.step(std::span(x).first(samples * static_cast<std::size_t>(M::model.input_size())));
      if (i % 50 == 0) trainer.evaluate(x);
    }
    return allocations - before;
  });
}

}  // namespace

TEST_CASE("the counter counts") {
  const long before = allocations;
  const auto several = std::make_unique<std::vector<int>>(100);
  CHECK(allocations - before >= 2);
}

TEST_CASE("200 steps on one thread allocate nothing") {
  CHECK(allocations_in_200_steps<Elu, 33>(1) == 0);
  CHECK(allocations_in_200_steps<Wide, 300>(1) == 0);
}

TEST_CASE("200 steps on two threads allocate nothing") {
  const tbb::global_control allow(tbb::global_control::max_allowed_parallelism, 2);
  CHECK(allocations_in_200_steps<Wide, 300>(2) == 0);
}

TEST_CASE("steps and evaluations of models of images and of every family allocate nothing") {
  const auto count = [](TrainerCore trainer, const std::vector<float>& x) {
    trainer.set_threads(Threads::none());
    const std::size_t one = x.size() / 9;
    trainer.step(x);
    trainer.evaluate(x);
    const long before = allocations;
    for (std::size_t i = 0; i < 18; ++i) {
      trainer.step(std::span(x).first(one * (i % 9 + 1)));
      if (i % 6 == 0) trainer.evaluate(x);
    }
    return allocations - before;
  };
#define ISTHMUS_TEST_COUNT(M) CHECK(count(trainer_of<M>(9), samples_of<M>(9)) == 0);
  ISTHMUS_TEST_IMAGE_MODELS(ISTHMUS_TEST_COUNT)
  ISTHMUS_TEST_FAMILIES(ISTHMUS_TEST_COUNT)
#undef ISTHMUS_TEST_COUNT
}

TEST_CASE("steps of a convolutional model on two threads allocate nothing") {
  const tbb::global_control allow(tbb::global_control::max_allowed_parallelism, 2);
  const std::vector<float> x = samples_of<Colours>(64);
  tbb::task_arena arena(2);
  const long found = arena.execute([&] {
    TrainerCore trainer = trainer_of<Colours>(64);
    // The first steps wake TBB's threads, which allocate what they keep.
    for (int i = 0; i < 100; ++i) trainer.step(x);
    const long before = allocations;
    for (int i = 0; i < 50; ++i) trainer.step(x);
    return allocations - before;
  });
  CHECK(found == 0);
}

TEST_CASE("steps on a host's team, of strided samples and of mistakes allocate nothing") {
  const std::vector<float> x = floats(300 * 80, 3, 0, 1), images = floats(9 * 400, 3, 0, 1);
  // One worker after the other: threads of a host's own would count as ours.
  const Threads host = Threads::of_host(3, [](void*, int workers, Threads::Body body, void* argument) {
    for (int worker = 0; worker < workers; ++worker) body(argument, worker);
  });
  Trainer<Wide, 300> trainer(1);
  trainer.set_threads(host);
  TrainerCore colours = trainer_of<Colours>(9);
  colours.set_threads(host);
  const int image = colours.input_size();
  REQUIRE(image < 400);
  const auto work = [&] {
    bool right = trainer.try_step({x.data(), 300, 80}).fault == Fault::none;
    right = right && trainer.try_step({x.data(), 301, 80}).fault == Fault::count;
    right = right && trainer.try_evaluate({x.data(), 131, 71}).fault == Fault::none;
    right = right && colours.try_step({images.data(), 9, image + 3}).fault == Fault::none;
    return right && colours.try_evaluate({nullptr, 1}).fault == Fault::no_memory;
  };
  CHECK(work());
  const long before = allocations;
  bool right = true;
  for (int i = 0; i < 30; ++i) right = right && work();
  const long found = allocations - before;
  CHECK(found == 0);
  CHECK(right);
}

TEST_CASE("inference allocates nothing") {
  Autoencoder<Elu, 17> model;
  const std::vector<float> x = floats(17 * 13, 3, 0, 1);
  std::vector<float> y(17 * 13);
  model.reconstruct(x, y);
  const long before = allocations;
  for (int i = 0; i < 200; ++i) model.reconstruct(x, y);
  CHECK(allocations == before);
}

TEST_CASE("runs by any schedule but oneTBB's own allocate nothing") {
  const tbb::global_control allow(tbb::global_control::max_allowed_parallelism, 2);
  const schedule::TaskGraph graph = schedule::sort_by_urgency(cholesky(8));
  const schedule::Costs costs = schedule::estimate_costs(graph, 1);
  const run::TaskBody body{[](void*, int) noexcept {}, nullptr};
  run::Executor executor(graph);
  for (const auto& policy : schedule::policies()) {
    executor.follow(make_schedule(policy, graph, costs, 2));
    if (policy.name == "flow_graph") continue;
    tbb::task_arena arena(2);
    const long found = arena.execute([&] {
      for (int i = 0; i < 100; ++i) executor.run(body, {}, 2);
      const long before = allocations;
      for (int i = 0; i < 200; ++i) executor.run(body, {}, 2);
      return allocations - before;
    });
    INFO(policy.name);
    CHECK(found == 0);
  }
}
