// Measures how often a loop of known work runs in a second.
#pragma once

#include <chrono>

namespace isthmus::lower {

/// Times the rounds of a `do … while (repetition.goes_on())` loop, for about so many seconds.
class Repetition {
 public:
  /// A round is so many operations.
  Repetition(double seconds, double operations)
      : operations_(operations),
        end_(Clock::now() + std::chrono::duration<double>(seconds)),
        start_(Clock::now()) {}

  bool goes_on() {
    const auto now = Clock::now();
    const double rate = operations_ / std::chrono::duration<double>(now - start_).count();
    if (rate > best_rate_) best_rate_ = rate;
    start_ = now;
    return now < end_;
  }
  /// Operations per second in the fastest round.
  double best_rate() const { return best_rate_; }

 private:
  using Clock = std::chrono::steady_clock;
  double operations_;
  double best_rate_ = 0;
  std::chrono::time_point<Clock, std::chrono::duration<double>> end_;
  Clock::time_point start_;
};

}  // namespace isthmus::lower
