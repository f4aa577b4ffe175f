#include <isthmus/schedule/peak_bytes.hpp>
#include <isthmus/schedule/policy.hpp>
#include <isthmus/schedule/rank.hpp>

#include "schedule/greedy.hpp"

#include <algorithm>
#include <limits>
#include <set>
#include <utility>

namespace isthmus::schedule::policy {
namespace {

constexpr int bisections = 12;
/// The number of the most urgent tasks that are searched for one that fits.
constexpr int most_looked_at = 64;

enum class First : std::uint8_t { urgent, frugal };

/// Takes a task whose buffers fit under the limit: the most urgent one, or the one that adds least.
class UnderLimit {
 public:
  UnderLimit(const TaskGraph& graph, const std::vector<Buffer>& buffers, const std::vector<int>& order,
             std::int64_t limit, First first)
      : limit_(limit),
        first_(first),
        order_(order),
        buffers_(buffers),
        place_(graph.tasks.size(), 0),
        buffers_of_(graph.tasks.size()),
        adds_(graph.tasks.size(), 0),
        gives_(graph.tasks.size(), 0),
        ended_(graph.tasks.size(), char{0}),
        taken_(buffers.size(), char{0}) {
    for (std::size_t i = 0; i < order.size(); ++i) place_[index(order[i])] = static_cast<int>(i);
    for (const Buffer& buffer : buffers) {
      for (const int t : buffer.tasks) {
        buffers_of_[index(t)].push_back(static_cast<int>(left_.size()));
        adds_[index(t)] += buffer.bytes;
      }
      if (buffer.tasks.size() == 1) gives_[index(buffer.tasks[0])] += buffer.bytes;
      left_.push_back(static_cast<int>(buffer.tasks.size()));
    }
  }

  void ready(int task, int) {
    urgent_.insert(place_[index(task)]);
    frugal_.insert(key(task));
  }

  void finished(int task) {
    --running_;
    ended_[index(task)] = 1;
    for (const int b : buffers_of_[index(task)]) {
      const Buffer& buffer = buffers_[index(b)];
      if (--left_[index(b)] == 0) alive_ -= buffer.bytes;
      if (left_[index(b)] != 1) continue;
      // The last task that uses the buffer frees it.
      const auto last =
          std::find_if(buffer.tasks.begin(), buffer.tasks.end(), [&](int t) { return ended_[index(t)] == 0; });
      change(*last, [&] { gives_[index(*last)] += buffer.bytes; });
    }
  }

  int next(int) {
    if (urgent_.empty()) return -1;
    int task = first_ == First::urgent ? most_urgent() : order_[index(frugal_.begin()->second)];
    if (task < 0 || alive_ + adds_[index(task)] > limit_) {
      if (running_ > 0) return -1;
      task = order_[index(frugal_.begin()->second)];
    }
    return start(task);
  }

 private:
  std::pair<std::int64_t, int> key(int task) const {
    return {adds_[index(task)] - gives_[index(task)], place_[index(task)]};
  }

  /// The most urgent one of the tasks that fit.
  int most_urgent() const {
    int looks = 0;
    for (auto place = urgent_.begin(); place != urgent_.end() && looks < most_looked_at; ++place, ++looks)
      if (const int task = order_[index(*place)]; alive_ + adds_[index(task)] <= limit_) return task;
    return -1;
  }

  int start(int task) {
    urgent_.erase(place_[index(task)]);
    frugal_.erase(key(task));
    ++running_;
    for (const int b : buffers_of_[index(task)]) {
      if (taken_[index(b)] != 0) continue;
      taken_[index(b)] = 1;
      alive_ += buffers_[index(b)].bytes;
      for (const int t : buffers_[index(b)].tasks) change(t, [&] { adds_[index(t)] -= buffers_[index(b)].bytes; });
    }
    return task;
  }

  /// Keeps the order of the ready tasks while one's bytes change.
  template <class Change>
  void change(int task, Change make) {
    const bool was_ready = frugal_.erase(key(task)) > 0;
    make();
    if (was_ready) frugal_.insert(key(task));
  }

  std::int64_t limit_;
  First first_;
  const std::vector<int>& order_;  ///< by urgency; a task's place is that in it
  const std::vector<Buffer>& buffers_;
  std::vector<int> place_;
  std::vector<std::vector<int>> buffers_of_;
  std::vector<std::int64_t> adds_, gives_;  ///< by task: what it takes when it starts, gives back when it ends
  std::vector<char> ended_;                 ///< by task
  std::vector<char> taken_;                 ///< by buffer
  std::vector<int> left_;                   ///< by buffer: tasks that have not ended
  std::set<int> urgent_;                    ///< places of ready tasks
  std::set<std::pair<std::int64_t, int>> frugal_;  ///< of ready tasks: bytes that are added for good, place
  std::int64_t alive_ = 0;
  int running_ = 0;
};

}  // namespace

Schedule MemoryAware::operator()(const TaskGraph& graph, const Costs& costs, int workers) const {
  const Machine machine{.workers = workers};
  const std::vector<int> order = order_of_urgency(graph, costs.seconds);
  struct Try {
    Schedule schedule;
    double seconds;
    std::int64_t bytes;
  };
  const auto look_at = [&](Schedule schedule) {
    const Prediction prediction = simulate(graph, schedule, costs, machine);
    const std::int64_t bytes = peak_bytes(costs.buffers, prediction);
    return Try{std::move(schedule), prediction.seconds, bytes};
  };
  const auto under = [&](std::int64_t limit, First first) {
    UnderLimit choice(graph, costs.buffers, order, limit, first);
    return look_at(try_greedily(graph, costs, workers, choice));
  };
  constexpr std::int64_t no_limit = std::numeric_limits<std::int64_t>::max();
  Try best = look_at(critical_path(graph, costs, workers));
  Try unlimited = under(no_limit, First::urgent);
  const double allowed = (1 + allowance) * std::min(best.seconds, unlimited.seconds);
  const auto improve = [&](Try other) {
    const bool fits = other.seconds <= allowed;
    if (fits && (best.seconds > allowed || other.bytes < best.bytes)) best = std::move(other);
    return fits;
  };
  improve(std::move(unlimited));
  improve(under(no_limit, First::frugal));
  const std::int64_t most = best.bytes;
  for (const First first : {First::urgent, First::frugal})
    for (std::int64_t low = 0, high = most, i = 0; i < bisections && low < high; ++i) {
      const std::int64_t middle = low + (high - low) / 2;
      if (improve(under(middle, first))) high = middle;
      else low = middle + 1;
    }
  return best.schedule;
}

}  // namespace isthmus::schedule::policy
