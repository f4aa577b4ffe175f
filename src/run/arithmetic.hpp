// The floating-point settings of a thread: rounding, traps and denormal numbers.
#pragma once

#include <cstdint>

#if defined(__SSE2__)
#include <xmmintrin.h>
#endif

namespace isthmus::run {

/// Sets the library's arithmetic on the current thread for the lifetime of this object; then the thread's own
/// settings and flags are restored. Rounding to nearest, no traps (kernels compute in unused lanes), and denormal
/// numbers (below 2^-126) are zeros, as operands and as results. A thread inherits its settings from the one that
/// created it: without this, bits would depend on the threads that take part.
///
/// Denormal numbers are zeros because they are slow: a hundred cycles and more for an operation on some CPUs; and
/// a decaying moment of Adam stays denormal for ever, since 0.9 times the smallest one is rounded to the smallest
/// one. XLA does the same. Sources: Intel, "Software Developer's Manual", volume 1, 10.2.3; Arm, "Architecture
/// Reference Manual", FPCR.
class Arithmetic {
 public:
#if defined(__SSE2__)
  Arithmetic() noexcept : before_(_mm_getcsr()) {
    if (before_ != ours) _mm_setcsr(ours);
  }
  ~Arithmetic() {
    if (before_ != ours) _mm_setcsr(before_);
  }
#elif defined(__aarch64__)
  Arithmetic() noexcept {
    asm volatile("mrs %0, fpcr" : "=r"(before_));
    if (before_ != ours) asm volatile("msr fpcr, %0" ::"r"(ours));
  }
  ~Arithmetic() {
    if (before_ != ours) asm volatile("msr fpcr, %0" ::"r"(before_));
  }
#else
  Arithmetic() noexcept = default;
#endif
  Arithmetic(const Arithmetic&) = delete;
  Arithmetic& operator=(const Arithmetic&) = delete;

 private:
#if defined(__SSE2__)
  static constexpr std::uint32_t ours =
      0x9fc0;  ///< MXCSR: flush to zero, all exceptions masked, denormals are zeros
  std::uint32_t before_;
#elif defined(__aarch64__)
  static constexpr std::uint64_t ours = std::uint64_t{1} << 24;  ///< FPCR: flush to zero
  std::uint64_t before_;
#endif
};

}  // namespace isthmus::run
