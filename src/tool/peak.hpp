// The machine's FMA peak with several threads at once.
#pragma once

#include <isthmus/lower/program.hpp>

#include <atomic>
#include <vector>

namespace isthmus::tool {

/// Measures in the current tbb::task_arena.
class PeakMeter {
 public:
  PeakMeter(const lower::Kernels& kernels, int threads);

  /// Floating-point operations per second of all threads together, each of them busy for about `seconds`.
  double measure(double seconds);

 private:
  const lower::Kernels& kernels_;
  int threads_;
  std::vector<double> rates_;  ///< by the thread's place in the arena
  std::atomic<int> arrived_{0};
};

}  // namespace isthmus::tool
