// The rates of several threads that run at once.
#pragma once

#include <atomic>
#include <functional>
#include <vector>

namespace isthmus::tool {

/// Measures in the current tbb::task_arena.
class RateMeter {
 public:
  explicit RateMeter(int threads);

  /// Calls `rate` on all threads at once, with the thread's number from 0; the sum of what it gives. It should
  /// keep each of them busy for milliseconds, so that nobody takes two turns.
  double measure(const std::function<double(int)>& rate);

 private:
  int threads_;
  std::vector<double> rates_;  ///< by the thread's place in the arena
  std::atomic<int> arrived_{0};
};

}  // namespace isthmus::tool
