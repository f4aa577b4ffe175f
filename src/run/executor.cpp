#include <isthmus/run/executor.hpp>

#include <oneapi/tbb/parallel_for.h>
#include <oneapi/tbb/task_arena.h>

#include <algorithm>
#include <bit>
#include <thread>
#include <utility>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace isthmus::run {
namespace {

void pause_briefly() {
#if defined(__x86_64__)
  _mm_pause();
#else
  std::this_thread::yield();
#endif
}

/// Waiting in vain so often, a worker gives its core to whoever else wants it.
constexpr int patience = 200;

}  // namespace

Executor::Executor(schedule::TaskGraph graph)
    : graph_(std::move(graph)),
      words_((graph_.tasks.size() + 63) / 64),
      waiting_for_(new std::atomic<int>[graph_.tasks.size()]),
      ready_(new std::atomic<std::uint64_t>[words_]) {
  for (int t = 0; t < graph_.size(); ++t)
    if (graph_.predecessors[static_cast<std::size_t>(t)] == 0) initially_ready_.push_back(t);
  for (std::size_t w = 0; w < words_; ++w) ready_[w].store(0, std::memory_order_relaxed);
}

void Executor::run(TaskBody body, IdleWork idle, int most_workers) {
  const int workers = most_workers <= 1 ? 1 : std::min(most_workers, tbb::this_task_arena::max_concurrency());
  if (workers <= 1) {
    run_sequentially(body);
    return;
  }
  for (int t = 0; t < graph_.size(); ++t)
    waiting_for_[static_cast<std::size_t>(t)].store(graph_.predecessors[static_cast<std::size_t>(t)],
                                                    std::memory_order_relaxed);
  unfinished_.store(graph_.size(), std::memory_order_relaxed);
  for (const int t : initially_ready_) make_ready(t);
  // Isolated: while this thread waits for the last worker it must not pick up the host's own outer tasks.
  tbb::this_task_arena::isolate([&] {
    tbb::parallel_for(
        0, workers, 1, [&](int) { work(body, idle); }, tbb::simple_partitioner{});
  });
}

void Executor::run_sequentially(TaskBody body) {
  for (int t = 0; t < graph_.size(); ++t) body.call(body.context, t);
}

void Executor::make_ready(int task) noexcept {
  const auto t = static_cast<std::size_t>(task);
  ready_[t / 64].fetch_or(std::uint64_t{1} << (t % 64), std::memory_order_release);
}

int Executor::take_ready() noexcept {
  for (std::size_t w = 0; w < words_; ++w) {
    std::uint64_t bits = ready_[w].load(std::memory_order_relaxed);
    while (bits != 0) {
      const std::uint64_t lowest = bits & (~bits + 1);
      const std::uint64_t before = ready_[w].fetch_and(~lowest, std::memory_order_acquire);
      if ((before & lowest) != 0) return static_cast<int>(w * 64) + std::countr_zero(lowest);
      bits = before & ~lowest;
    }
  }
  return -1;
}

int Executor::finish(int task) noexcept {
  const auto t = static_cast<std::size_t>(task);
  int next = -1;
  for (int i = graph_.first_successor[t]; i < graph_.first_successor[t + 1]; ++i) {
    const int s = graph_.successors[static_cast<std::size_t>(i)];
    if (waiting_for_[static_cast<std::size_t>(s)].fetch_sub(1, std::memory_order_acq_rel) != 1) continue;
    if (next < 0) {
      next = s;
    } else {
      make_ready(std::max(next, s));
      next = std::min(next, s);
    }
  }
  return next;
}

void Executor::work(TaskBody body, IdleWork idle) noexcept {
  int in_vain = 0;
  bool has_idle_work = idle.call != nullptr;
  while (unfinished_.load(std::memory_order_acquire) > 0) {
    int task = take_ready();
    if (task < 0) {
      if (has_idle_work) has_idle_work = idle.call(idle.context);
      else if (++in_vain < patience) pause_briefly();
      else std::this_thread::yield();
      continue;
    }
    in_vain = 0;
    while (task >= 0) {
      body.call(body.context, task);
      const int next = finish(task);
      unfinished_.fetch_sub(1, std::memory_order_acq_rel);
      task = next;
    }
  }
}

}  // namespace isthmus::run
