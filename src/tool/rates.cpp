#include "rates.hpp"

#include <oneapi/tbb/parallel_for.h>
#include <oneapi/tbb/task_arena.h>

#include <algorithm>
#include <chrono>
#include <numeric>
#include <thread>

namespace isthmus::tool {
namespace {

/// A thread that is this late will not come: the machine may not give as many as were asked for.
constexpr std::chrono::milliseconds most_wait{50};

}  // namespace

RateMeter::RateMeter(int threads) : threads_(threads), rates_(static_cast<std::size_t>(threads), 0.0) {}

double RateMeter::measure(const std::function<double(int)>& rate) {
  std::fill(rates_.begin(), rates_.end(), 0.0);
  arrived_.store(0, std::memory_order_relaxed);
  tbb::parallel_for(
      0, threads_, 1,
      [&](int thread) {
        // Together, or each would have the machine to itself.
        arrived_.fetch_add(1, std::memory_order_acq_rel);
        const auto deadline = std::chrono::steady_clock::now() + most_wait;
        while (arrived_.load(std::memory_order_acquire) < threads_ && std::chrono::steady_clock::now() < deadline)
          std::this_thread::yield();
        const double found = rate(thread);
        // A thread that took a second turn counts once.
        rates_[static_cast<std::size_t>(tbb::this_task_arena::current_thread_index())] = found;
      },
      tbb::simple_partitioner{});
  return std::accumulate(rates_.begin(), rates_.end(), 0.0);
}

}  // namespace isthmus::tool
