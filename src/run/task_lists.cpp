#include <isthmus/run/task_lists.hpp>

#include "run/patience.hpp"

namespace isthmus::run {

TaskLists::TaskLists(const schedule::TaskGraph& graph, const schedule::Schedule& schedule)
    : progress_(new Progress[schedule.lists.size()]) {
  const schedule::Waits waits = find_waits(graph, schedule);
  for (const std::vector<int>& tasks : schedule.lists) {
    List list{tasks, {}, {0}};
    for (const int t : tasks) {
      const auto of_task = waits.of(t);
      list.waits.insert(list.waits.end(), of_task.begin(), of_task.end());
      list.first_wait.push_back(static_cast<int>(list.waits.size()));
    }
    to_finish_ += tasks.empty() ? 0 : 1;
    lists_.push_back(std::move(list));
  }
}

void TaskLists::reset() noexcept {
  for (int l = 0; l < size(); ++l)
    progress_[static_cast<std::size_t>(l)].ended.store(0, std::memory_order_relaxed);
}

/// Whether there is a next task, and the tasks that it waits for have ended.
bool TaskLists::may_go_on(int list) const noexcept {
  const auto l = static_cast<std::size_t>(list);
  const auto at = static_cast<std::size_t>(progress_[l].ended.load(std::memory_order_relaxed));
  if (at == lists_[l].tasks.size()) return false;
  const auto begin = lists_[l].waits.begin();
  for (auto wait = begin + lists_[l].first_wait[at]; wait != begin + lists_[l].first_wait[at + 1]; ++wait)
    if (progress_[static_cast<std::size_t>(wait->list)].ended.load(std::memory_order_acquire) < wait->tasks)
      return false;
  return true;
}

bool TaskLists::take(int list) noexcept {
  return !progress_[static_cast<std::size_t>(list)].held.exchange(true, std::memory_order_acquire);
}

/// Runs the tasks that may start of a list that this worker holds. True if the list is at its end.
bool TaskLists::go_on(int list, TaskBody body) noexcept {
  const auto l = static_cast<std::size_t>(list);
  int ended = progress_[l].ended.load(std::memory_order_relaxed);
  const int size = static_cast<int>(lists_[l].tasks.size());
  for (; may_go_on(list); progress_[l].ended.store(++ended, std::memory_order_release))
    body.call(body.context, lists_[l].tasks[static_cast<std::size_t>(ended)]);
  return ended == size;
}

/// A list that no worker holds and whose next task may start, the worker's own before others; -1 if there is none.
int TaskLists::take_any(int home) noexcept {
  for (int i = 0; i < size(); ++i) {
    const int list = (home + i) % size();
    if (progress_[static_cast<std::size_t>(list)].held.load(std::memory_order_relaxed) || !may_go_on(list))
      continue;
    if (take(list)) return list;
  }
  return -1;
}

void TaskLists::work(int worker, TaskBody body, IdleWork idle, std::atomic<int>& unfinished) noexcept {
  const auto release = [&](int list) {
    if (list >= 0) progress_[static_cast<std::size_t>(list)].held.store(false, std::memory_order_release);
    return -1;
  };
  const int home = worker % size();
  int held = take(home) ? home : -1;
  Patience patience;
  bool has_idle_work = idle.call != nullptr;
  for (int looks = 0; unfinished.load() > 0;) {
    if (held >= 0 && may_go_on(held)) {
      const bool at_end = go_on(held, body);
      if (at_end) held = release(held);
      if (at_end) unfinished.fetch_sub(1);
      patience.reset();
      looks = 0;
      continue;
    }
    if (held >= 0 && ++looks <= looks_before_taking) {
      pause_briefly();
      continue;
    }
    if (const int other = take_any(home); other >= 0) {
      release(held);
      held = other;
      continue;
    }
    if (has_idle_work) {
      held = release(held);
      has_idle_work = idle.call(idle.context);
    } else {
      patience.wait();
    }
  }
  release(held);
}

}  // namespace isthmus::run
