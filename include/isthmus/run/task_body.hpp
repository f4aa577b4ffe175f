// The functions that a run calls.
#pragma once

namespace isthmus::run {

/// A function and its argument, which a run calls for each task.
struct TaskBody {
  void (*call)(void* context, int task) noexcept = nullptr;
  void* context = nullptr;
};
/// Called by workers that find no task ready; returns false when there is nothing left to do.
struct IdleWork {
  bool (*call)(void* context) noexcept = nullptr;
  void* context = nullptr;
};

/// Tasks that wait for something from outside beside their predecessors. `next` is called between tasks, by any
/// worker; it gives the number of one whose wait is over, each once in a run, or -1 if there is none at the
/// moment. `urgent`: the worker has nothing else to do.
struct Arrivals {
  int (*next)(void* context, bool urgent) noexcept = nullptr;
  void* context = nullptr;
};

}  // namespace isthmus::run
