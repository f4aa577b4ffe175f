// Waiting without a lock.
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

/// Waits by spinning at first, then gives the core to whoever else wants it.
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

/// A worker looks so often for a task of its own before it takes another's: about a microsecond.
inline constexpr int looks_before_taking = 16;

}  // namespace isthmus::run
