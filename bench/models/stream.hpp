// How many bytes per second the machine moves, for as many bytes as some work goes through again and again: what
// fits a cache is faster than the memory.
#pragma once

#include <cstddef>
#include <memory>

#include "tool/rates.hpp"

namespace bench {

/// Measures in the current tbb::task_arena. Each thread has its own part of the bytes.
class StreamMeter {
 public:
  StreamMeter(std::size_t bytes, int threads);

  /// Bytes read per second by all threads together, each of them busy for about `seconds`.
  double read(double seconds);
  /// Bytes read and written per second, where each is replaced by a function of itself.
  double update(double seconds);

 private:
  template <class Pass>
  double measure(double seconds, double bytes_per_float, Pass pass);

  std::size_t part_;  ///< floats of a thread
  std::unique_ptr<float[]> data_;
  isthmus::tool::RateMeter meter_;
};

}  // namespace bench
