// Ranks that are threads of one process: sums in the order of the ranks, by the plainest code.
#pragma once

#include <isthmus/run/communicator.hpp>

#include "support/numbers.hpp"

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <vector>

namespace isthmus::testing {

class Together {
 public:
  explicit Together(int ranks) : ranks_(static_cast<std::size_t>(ranks)) {}
  std::size_t ranks() const { return ranks_; }

  void all_gather(std::size_t rank, std::span<const double> mine, std::span<double> all) {
    std::unique_lock lock(mutex_);
    gathered_.resize(ranks_ * mine.size());
    std::copy(mine.begin(), mine.end(), gathered_.begin() + static_cast<std::ptrdiff_t>(rank * mine.size()));
    const int round = gather_round_;
    if (++here_ == ranks_) {
      here_ = 0;
      ++gather_round_;
      result_ = gathered_;
      all_here_.notify_all();
    } else {
      all_here_.wait(lock, [&] { return gather_round_ != round; });
    }
    std::copy(result_.begin(), result_.end(), all.begin());
  }

  void prepare(std::span<const run::Bucket> buckets) {
    const std::lock_guard lock(mutex_);
    if (!messages_.empty()) return;
    for (const run::Bucket& bucket : buckets)
      messages_.push_back({bucket, std::vector<void*>(ranks_, nullptr), 0, {}});
  }

  /// The last one to come adds for all.
  void start(std::size_t rank, int bucket, void* values) {
    const std::lock_guard lock(mutex_);
    Message& message = messages_[static_cast<std::size_t>(bucket)];
    message.values[rank] = values;
    if (++message.started < ranks_) return;
    message.started = 0;
    message.arrived.assign(ranks_, 1);
    if (message.bucket.doubles) add_up<double>(message);
    else add_up<float>(message);
  }

  bool take(std::size_t rank, int bucket) {
    const std::lock_guard lock(mutex_);
    std::vector<char>& arrived = messages_[static_cast<std::size_t>(bucket)].arrived;
    if (arrived.empty() || arrived[rank] == 0) return false;
    arrived[rank] = 0;
    return true;
  }

 private:
  struct Message {
    run::Bucket bucket;
    std::vector<void*> values;  ///< by rank
    std::size_t started = 0;
    std::vector<char> arrived;  ///< by rank, and not yet taken
  };

  template <class T>
  void add_up(Message& message) const {
    for (std::int64_t i = 0; i < message.bucket.count; ++i) {
      T sum = static_cast<T*>(message.values[0])[i];
      for (std::size_t r = 1; r < ranks_; ++r) sum += static_cast<T*>(message.values[r])[i];
      for (std::size_t r = 0; r < ranks_; ++r) static_cast<T*>(message.values[r])[i] = sum;
    }
  }

  std::size_t ranks_;
  std::mutex mutex_;
  std::condition_variable all_here_;
  std::vector<double> gathered_, result_;
  std::size_t here_ = 0;
  int gather_round_ = 0;
  std::vector<Message> messages_;
};

/// One of them. Messages take some looks until they are seen to have arrived, each another number of them, so that
/// they overtake each other.
class Member : public run::Communicator {
 public:
  Member(Together& together, int rank) : together_(together), rank_(static_cast<std::size_t>(rank)) {}

  int rank() const override { return static_cast<int>(rank_); }
  int size() const override { return static_cast<int>(together_.ranks()); }
  void all_gather(std::span<const double> mine, std::span<double> all) override {
    together_.all_gather(rank_, mine, all);
  }
  void prepare(std::span<const run::Bucket> buckets) override {
    together_.prepare(buckets);
    looks_.assign(buckets.size(), 0);
    sizes = {buckets.begin(), buckets.end()};
  }
  void start(int bucket, void* values) noexcept override {
    const std::lock_guard lock(mutex_);
    looks_[static_cast<std::size_t>(bucket)] =
        1 + static_cast<int>(uniform(static_cast<std::uint32_t>(rank_), ++started, 0, 20));
    together_.start(rank_, bucket, values);
  }
  int poll() noexcept override {
    const std::lock_guard lock(mutex_);
    for (std::size_t b = 0; b < looks_.size(); ++b) {
      if (looks_[b] == 0 || (looks_[b] > 1 && --looks_[b] > 1)) continue;
      if (!together_.take(rank_, static_cast<int>(b))) continue;
      looks_[b] = 0;
      return static_cast<int>(b);
    }
    return -1;
  }
  void check() override {}

  std::vector<run::Bucket> sizes;
  std::size_t started = 0;  ///< messages so far

 private:
  Together& together_;
  std::size_t rank_;
  std::mutex mutex_;
  std::vector<int> looks_;  ///< by bucket: 0 if it is not under way
};

}  // namespace isthmus::testing
