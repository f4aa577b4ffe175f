#include "run/worker_limit.hpp"

#include <algorithm>
#include <bit>
#include <chrono>

namespace isthmus::run {
namespace {

/// Steps smaller than this are over before a second worker has woken up.
constexpr double least_parallel_flops = 1e6;
/// Steps smaller than this may be faster on one core than on two that share no cache: it is measured.
constexpr double surely_parallel_flops = 400e6;
constexpr int every_worker = 1 << 20;

}  // namespace

WorkerLimit::WorkerLimit(const schedule::TaskGraph& graph) : most_(every_worker) {
  double work = 0;
  for (const schedule::Task& task : graph.tasks) work += task.cost;
  if (work < least_parallel_flops) most_ = 1;
  else is_measured_ = work < surely_parallel_flops;
}

void WorkerLimit::lift() noexcept {
  most_ = every_worker;
  is_measured_ = false;
}

void WorkerLimit::run(Executor& executor, int samples, TaskBody body, IdleWork idle, const Threads& threads,
                      Arrivals arrivals) noexcept {
  if (!is_measured_ || threads.kind() == Threads::Kind::none)
    return executor.run(body, idle, most_, threads, arrivals);
  using Clock = std::chrono::steady_clock;
  const auto count = static_cast<unsigned>(std::max(samples, 1));
  WorkerChoice& choice = choices_[static_cast<std::size_t>(std::bit_width(count))];
  const auto start = Clock::now();
  executor.run(body, idle, choice.use_all() ? most_ : 1, threads, arrivals);
  choice.took(std::chrono::duration<double>(Clock::now() - start).count() / count);
}

}  // namespace isthmus::run
