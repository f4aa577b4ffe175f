// The machine's peak with several threads at once.
#pragma once

#include "rates.hpp"

namespace isthmus::tool {

/// Measures in the current tbb::task_arena.
class PeakMeter {
 public:
  /// `measure_peak` is that of the kernels that are compared with it.
  PeakMeter(double (*measure_peak)(double seconds), int threads);

  /// Floating-point operations per second of all threads together, each of them busy for about `seconds`.
  double measure(double seconds);

 private:
  double (*measure_peak_)(double seconds);
  RateMeter meter_;
};

}  // namespace isthmus::tool
