#include <isthmus/run/worker_choice.hpp>

#include <algorithm>
#include <cstdlib>

namespace isthmus::run {

void WorkerChoice::Times::add(double time) noexcept {
  sum += time;
  ++runs;
  second = std::max(second, std::min(longest, time));
  longest = std::max(longest, time);
}

void WorkerChoice::took(double time) noexcept {
  if (!examines_) return use(time);
  (tries_all_ ? all_total_ : one_total_).add(time);
  if (runs_ > 0) block_time_ += time;
  if (++runs_ == block_runs) end_block();
}

void WorkerChoice::examine() noexcept {
  examines_ = true;
  // The way that is not in use comes first: the runs before were of the other one.
  tries_all_ = !all_;
  blocks_ = 0;
  lead_ = all_ ? known_lead : -known_lead;
  one_total_ = all_total_ = {};
}

void WorkerChoice::end_block() noexcept {
  (tries_all_ ? all_time_ : one_time_) = block_time_;
  block_time_ = 0;
  runs_ = 0;
  const bool is_pair = ++blocks_ % 2 == 0;
  tries_all_ = !tries_all_;
  if (!is_pair) return;
  lead_ += all_time_ < (1 - least_gain) * one_time_ ? 1 : -1;
  if (std::abs(lead_) >= needed_lead || blocks_ == 2 * most_pairs) end_examination();
}

void WorkerChoice::end_examination() noexcept {
  all_ = lead_ > 0;
  const Times& chosen = all_ ? all_total_ : one_total_;
  const Times& other = all_ ? one_total_ : all_total_;
  expected_ = chosen.mean();
  // The first examination is not counted as a debt, since nothing was known before.
  if (is_known_) debt_ += std::max(other.usual_sum() - other.runs * expected_, 0.0);
  is_known_ = true;
  examines_ = false;
  used_ = slow_ = 0;
}

void WorkerChoice::use(double time) noexcept {
  const bool is_early = used_in_all_ < early_use;
  if (is_early) ++used_in_all_;
  debt_ -= (is_early ? early_share : share) * time;
  slow_ = time > slow * expected_ ? slow_ + 1 : 0;
  if (++used_ < least_use) return;
  if (debt_ <= 0) return examine();
  if (slow_ >= slow_runs && debt_ < credit * expected_) examine();
}

}  // namespace isthmus::run
