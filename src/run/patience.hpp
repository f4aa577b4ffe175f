// Waiting without a lock: spin-wait, then yield.
#pragma once

#include <thread>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace isthmus::run {

inline void pause_briefly() {
#if defined(__x86_64__)
  _mm_pause();
#else
  std::this_thread::yield();
#endif
}

/// A spin-wait at first; then each wait yields the core to other threads.
class Patience {
 public:
  void wait() {
    if (++in_vain_ < most_) pause_briefly();
    else std::this_thread::yield();
  }
  void reset() { in_vain_ = 0; }

 private:
  static constexpr int most_ = 200;
  int in_vain_ = 0;
};

/// The number of times that a worker looks for a task of its own before it steals one: about a microsecond.
inline constexpr int looks_before_taking = 16;

}  // namespace isthmus::run
