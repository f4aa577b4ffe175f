#include "peak.hpp"

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

PeakMeter::PeakMeter(double (*measure_peak)(double seconds), int threads)
    : measure_peak_(measure_peak), threads_(threads), rates_(static_cast<std::size_t>(threads), 0.0) {}

double PeakMeter::measure(double seconds) {
  std::fill(rates_.begin(), rates_.end(), 0.0);
  arrived_.store(0, std::memory_order_relaxed);
  tbb::parallel_for(
      0, threads_, 1,
      [&](int) {
        // Together, or each would have the machine to itself.
        arrived_.fetch_add(1, std::memory_order_acq_rel);
        const auto deadline = std::chrono::steady_clock::now() + most_wait;
        while (arrived_.load(std::memory_order_acquire) < threads_ &&
               std::chrono::steady_clock::now() < deadline)
          std::this_thread::yield();
        const double rate = measure_peak_(seconds);
        // A thread that took a second turn counts once.
        rates_[static_cast<std::size_t>(tbb::this_task_arena::current_thread_index())] = rate;
      },
      tbb::simple_partitioner{});
  return std::accumulate(rates_.begin(), rates_.end(), 0.0);
}

}  // namespace isthmus::tool
