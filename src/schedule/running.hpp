// The running tasks of a simulated machine, and their speeds.
#pragma once

#include "schedule/index.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

namespace isthmus::schedule {

/// Workers, each with at most one task. A task's speed is 1 while the bandwidth suffices.
class Running {
 public:
  Running(int workers, double bytes_per_second) : bandwidth_(bytes_per_second), jobs_(index(workers)) {}

  double now() const { return now_; }
  bool is_busy(int worker) const { return jobs_[index(worker)].busy; }
  /// The task that the worker has, or had last.
  int task_of(int worker) const { return jobs_[index(worker)].task; }

  /// `seconds` at full speed, in which `bytes` are moved.
  void start(int worker, int task, double seconds, double bytes) {
    Job& job = jobs_[index(worker)];
    job = {true, task, seconds, bytes > 0 && seconds > 0 ? bytes / seconds : 0.0, 1.0, now_, now_ + seconds};
    draw_ += job.draw;
    if (draw_ > bandwidth_ || slowed_) share();
  }

  /// Advances the time to the next end of tasks; returns the workers that have become free.
  const std::vector<int>& advance() {
    finished_.clear();
    double next = std::numeric_limits<double>::infinity();
    for (const Job& job : jobs_)
      if (job.busy) next = std::min(next, job.end);
    if (std::isfinite(next)) now_ = next;
    for (std::size_t w = 0; w < jobs_.size(); ++w)
      if (jobs_[w].busy && jobs_[w].end <= now_) {
        jobs_[w].busy = false;
        draw_ -= jobs_[w].draw;
        finished_.push_back(static_cast<int>(w));
      }
    if (slowed_ && !finished_.empty()) share();
    return finished_;
  }

  /// Advances the time by `seconds` in which no worker works.
  void wait(double seconds) { now_ += seconds; }

 private:
  struct Job {
    bool busy = false;
    int task = -1;
    double left = 0;  ///< seconds at full speed, at the time `since`
    double draw = 0;  ///< bytes per second at full speed
    double speed = 1;
    double since = 0, end = 0;
  };

  void set_speed(Job& job, double speed) {
    if (job.speed == speed) return;
    job.left = std::max(job.left - (now_ - job.since) * job.speed, 0.0);
    job.since = now_;
    job.speed = speed;
    job.end = now_ + job.left / speed;
  }

  /// Max-min fairness: a task that needs less than an equal share gets what it needs, and the others share the
  /// rest.
  void share() {
    by_draw_.clear();
    draw_ = 0;
    for (Job& job : jobs_)
      if (job.busy) {
        by_draw_.push_back(&job);
        draw_ += job.draw;
      }
    slowed_ = draw_ > bandwidth_;
    std::sort(by_draw_.begin(), by_draw_.end(), [](const Job* a, const Job* b) { return a->draw < b->draw; });
    double rest = bandwidth_;
    for (std::size_t i = 0; i < by_draw_.size(); ++i) {
      const double equal = rest / static_cast<double>(by_draw_.size() - i);
      const double given = std::min(by_draw_[i]->draw, equal);
      set_speed(*by_draw_[i], !slowed_ || given >= by_draw_[i]->draw ? 1.0 : given / by_draw_[i]->draw);
      rest -= given;
    }
  }

  double bandwidth_;
  double now_ = 0;
  double draw_ = 0;      ///< of all busy workers, at full speed
  bool slowed_ = false;  ///< some of them are slower than that
  std::vector<Job> jobs_;
  std::vector<int> finished_;
  std::vector<Job*> by_draw_;
};

}  // namespace isthmus::schedule
