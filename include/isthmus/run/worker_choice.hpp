// One worker or all of them: for short programs the answer depends on what the cores share, so it is measured.
// The results do not depend on it.
#pragma once

#include <algorithm>

namespace isthmus::run {

/// Tries both for a few runs, uses the faster one for many, and looks again: the host may move the threads.
class WorkerChoice {
 public:
  /// Whether the next run takes all workers.
  bool use_all() const { return run_ < trial ? false : run_ < 2 * trial ? true : all_is_faster_; }

  /// How long that run took, in any unit. The minimum of a trial counts: the rest is disturbance.
  void took(double time) {
    double& best = run_ < trial ? one_ : all_;
    if (run_ < 2 * trial) best = run_ % trial == 0 ? time : std::min(best, time);
    if (++run_ == 2 * trial) all_is_faster_ = all_ < one_;
    if (run_ == period) run_ = 0;
  }

 private:
  static constexpr int trial = 5;
  static constexpr int period = 1000;
  int run_ = 0;
  bool all_is_faster_ = false;
  double one_ = 0, all_ = 0;
};

}  // namespace isthmus::run
