#include <isthmus/run/lone_worker.hpp>

#include "run/patience.hpp"

#include <algorithm>
#include <bit>

namespace isthmus::run {

LoneWorker::LoneWorker(const schedule::TaskGraph& graph, const std::vector<int>& outside)
    : graph_(graph),
      waits_at_first_(graph.predecessors),
      waits_(graph.tasks.size()),
      ready_((waits_.size() + 63) / 64) {
  for (const int t : outside) ++waits_at_first_[static_cast<std::size_t>(t)];
}

void LoneWorker::finish_one_before(int task) noexcept {
  const auto t = static_cast<std::size_t>(task);
  if (--waits_[t] == 0) ready_[t / 64] |= std::uint64_t{1} << (t % 64);
}

int LoneWorker::take_ready() noexcept {
  for (std::size_t w = 0; w < ready_.size(); ++w) {
    if (ready_[w] == 0) continue;
    const int bit = std::countr_zero(ready_[w]);
    ready_[w] &= ready_[w] - 1;
    return static_cast<int>(w * 64) + bit;
  }
  return -1;
}

void LoneWorker::run(TaskBody body, IdleWork idle, Arrivals arrivals, const std::vector<int>& task_at,
                     const std::vector<int>& place_of) noexcept {
  std::copy(waits_at_first_.begin(), waits_at_first_.end(), waits_.begin());
  for (std::size_t t = 0; t < waits_.size(); ++t)
    if (waits_[t] == 0) ready_[t / 64] |= std::uint64_t{1} << (t % 64);
  Patience patience;
  bool has_idle_work = idle.call != nullptr;
  bool waits = false;
  for (int left = graph_.size(); left > 0;) {
    for (int arrived; (arrived = arrivals.next(arrivals.context, waits)) >= 0;)
      finish_one_before(place_of[static_cast<std::size_t>(arrived)]);
    const int task = take_ready();
    waits = task < 0;
    if (waits) {
      has_idle_work = has_idle_work && idle.call(idle.context);
      if (!has_idle_work) patience.wait();
      continue;
    }
    patience.reset();
    body.call(body.context, task_at[static_cast<std::size_t>(task)]);
    --left;
    for (const int s : graph_.successors_of(task)) finish_one_before(s);
  }
}

}  // namespace isthmus::run
