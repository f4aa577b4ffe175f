// What a run calls.
#pragma once

namespace isthmus::run {

/// A function and its argument: what a run calls for each task.
struct TaskBody {
  void (*call)(void* context, int task) noexcept = nullptr;
  void* context = nullptr;
};
/// Called by workers that find no task ready; returns false when there is nothing left to do.
struct IdleWork {
  bool (*call)(void* context) noexcept = nullptr;
  void* context = nullptr;
};

}  // namespace isthmus::run
