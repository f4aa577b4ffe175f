// Plan → Plan: which values of the forward pass are computed again for the backward pass instead of being kept, so
// that the arena stays within a budget. Source of the idea: Chen et al. 2016, "Training deep nets with sublinear
// memory cost".
//
// Where the most bytes are needed, a value that is kept over that step for later is dropped, and what makes it
// runs again in front of its next reader; what that needs in turn and is no longer there, as well. The next value
// is the one that costs least per byte (Kirisame et al. 2021, "Dynamic tensor rematerialization", section 3, with
// the whole program known), until all fits; then whatever turned out to be unnecessary is taken back.
//
// Groups are repeated whole, with all of their results: the same kernel on the same operands gives the same bits,
// and a model under a budget has no kernel more to compile than one without.
#pragma once

#include <isthmus/array.hpp>
#include <isthmus/plan/cost.hpp>
#include <isthmus/plan/timeline.hpp>

#include <algorithm>

namespace isthmus::plan {

/// The most groups of a program within a budget, as a multiple of the groups of its plan.
inline constexpr int most_repetition = 2;

namespace detail {

/// A byte that is read or written costs as much as so many operations: 231 GFLOP/s against about 40 GB/s.
inline constexpr double byte_flops = 6;
constexpr std::vector<double> group_costs(const PlanView& plan, const Timeline& time, int samples) {
  std::vector<double> costs;
  for (int g = 0; g < plan.group_count; ++g) {
    double bytes = 0;
    for (const int v : time.reads(g)) bytes += static_cast<double>(time.bytes(v));
    for (const int v : time.writes(g)) bytes += static_cast<double>(time.bytes(v));
    costs.push_back(group_flops(plan, plan.groups[g], samples) + byte_flops * bytes);
  }
  return costs;
}

/// All values that a group reads or overwrites: `visit(value)`.
template <class Visit>
constexpr void for_each_need(const PlanView& plan, int g, Visit visit) {
  const Group& group = plan.groups[g];
  for (const int v : {group.a, group.b, group.c})
    if (v >= 0) visit(v);
  for (int o = 0; o < group.operands; ++o) visit(plan.operands[group.first_operand + o]);
}

/// The groups in an order in which the gradient of a parameter, and then its update, follow as soon as they can.
/// The operands of a gradient of weights are often not needed afterwards, and the gradient for the next layer can
/// overwrite them.
constexpr Steps updates_first(const PlanView& plan) {
  Steps steps;
  std::vector<char> follows(static_cast<std::size_t>(plan.group_count), char{0});  // what has a batch
  for (int g = 0; g < plan.group_count; ++g) {
    const Group& group = plan.groups[g];
    bool early = false;
    for_each_need(plan, g, [&](int v) {
      const Value& value = plan.values[v];
      const bool is_made = value.producer >= 0 && value.storage != Storage::scalar;
      early = early || (is_made && (value.has_batch || follows.data()[value.producer] != 0));
    });
    early = early && !group.has_batch && group.anchor != Anchor::total_sum && group.anchor != Anchor::all_reduce;
    follows.data()[g] = early ? 1 : 0;
    std::size_t at = steps.size();
    const auto may_pass = [&](int other) {
      bool free = true;
      for_each_need(plan, g, [&](int v) { free = free && plan.values[v].producer != other; });
      for (int r = 0; r < group.results; ++r) {
        // A parameter is overwritten when all have read it.
        const int result = plan.results[group.first_result + r].value;
        for_each_need(plan, other, [&](int v) { free = free && v != result; });
      }
      return free;
    };
    while (early && at > 0 && may_pass(steps[at - 1])) --at;
    steps.insert(steps.begin() + static_cast<std::ptrdiff_t>(at), g);
  }
  return steps;
}

/// Chooses what is computed again. Holds on to the plan.
class Recomputation {
 public:
  constexpr Recomputation(const PlanView& plan, int samples)
      : plan_(plan), time_(plan, samples), costs_(group_costs(plan, time_, samples)) {
    assigner_.assign(static_cast<std::size_t>(plan.value_count), -1);
    for (int g = 0; g < plan.group_count; ++g) {
      bool transient = plan.groups[g].anchor != Anchor::all_reduce;
      for (int r = 0; r < plan.groups[g].results; ++r) {
        const int result = plan.results[plan.groups[g].first_result + r].value;
        if (plan.values[result].producer < 0) assigner_.data()[result] = g;
        transient = transient && plan.values[result].storage == Storage::transient;
      }
      can_repeat_.push_back(transient ? 1 : 0);
    }
    Steps plain;
    for (int g = 0; g < plan.group_count; ++g) plain.push_back(g);
    steps_ = updates_first(plan);
    peak_ = time_.peak(steps_);
    const Peak plain_peak = time_.peak(plain);
    if (!peak_.is_below(plain_peak)) {
      steps_ = plain;
      peak_ = plain_peak;
    }
  }

  /// Repeats groups until the largest sum of bytes is at most `target`, or as small as it gets.
  constexpr void reach(std::int64_t target) {
    while (peak_.bytes > target && lower_peak()) {
    }
    if (peak_.bytes <= target) take_back(target);
  }

  constexpr const Steps& steps() const { return steps_; }
  constexpr const Peak& peak() const { return peak_; }

 private:
  /// Groups to run again in front of a step, in this order.
  struct Candidate {
    int at = 0;
    Steps groups = {};
    double cost_per_byte = 0;
  };

  /// Takes one more candidate: of those that lower the peak, the one of the lowest cost per byte. False if there
  /// is none.
  constexpr bool lower_peak() {
    look_at_peak();
    const std::vector<Candidate> candidates = find_candidates();
    const int count = static_cast<int>(candidates.size());
    Array<bool> seen(count);
    for (int left = count; left > 0; --left) {
      int best = -1;
      for (int i = 0; i < count; ++i)
        if (!seen[i] && (best < 0 || candidates.data()[i].cost_per_byte < candidates.data()[best].cost_per_byte))
          best = i;
      seen[best] = true;
      const Candidate& candidate = candidates.data()[best];
      if (steps_.size() + candidate.groups.size() > static_cast<std::size_t>(most_repetition * plan_.group_count))
        continue;
      Steps tried = steps_;
      tried.insert(tried.begin() + candidate.at, candidate.groups.begin(), candidate.groups.end());
      const Peak peak = time_.peak(tried);
      if (!peak.is_below(peak_)) continue;
      steps_ = tried;
      peak_ = peak;
      return true;
    }
    return false;
  }

  /// Finds what is there at the peak, and what of it is only kept for later: `next_reader_` says for which step.
  constexpr void look_at_peak() {
    const auto values = static_cast<std::size_t>(plan_.value_count);
    there_.assign(values, char{0});
    next_reader_.assign(values, -1);
    const int peak_group = steps_.data()[peak_.first];
    time_.walk(steps_, [&](int step, std::int64_t, const char* alive) {
      if (step != peak_.first) return;
      for (std::size_t v = 0; v < values; ++v) there_.data()[v] = alive[v];
    });
    std::vector<char> kept(there_);
    for (const Timeline::List& touched : {time_.reads(peak_group), time_.writes(peak_group)})
      for (const int v : touched) {
        kept.data()[v] = 0;
        there_.data()[v] = 1;
      }
    const int count = static_cast<int>(steps_.size());
    next_writer_.assign(values, count);
    step_of_.assign(static_cast<std::size_t>(plan_.group_count), -1);
    for (int s = count - 1; s >= 0; --s) {
      step_of_.data()[steps_.data()[s]] = s;
      if (s <= peak_.first) continue;
      for (const int v : time_.writes(steps_.data()[s])) next_writer_.data()[v] = s;
    }
    for (int s = peak_.first + 1; s < count; ++s)
      for (const int v : time_.reads(steps_.data()[s]))
        if (kept.data()[v] != 0 && next_reader_.data()[v] < 0) next_reader_.data()[v] = s;
  }

  constexpr std::vector<Candidate> find_candidates() const {
    std::vector<Candidate> candidates;
    for (int v = 0; v < plan_.value_count; ++v) {
      Candidate candidate{next_reader_.data()[v], {}, 0};
      if (candidate.at < 0 || time_.bytes(v) == 0 || !repeat(plan_.values[v].producer, candidate)) continue;
      bool known = false;
      for (const Candidate& other : candidates)
        known = known || (other.at == candidate.at && other.groups == candidate.groups);
      if (known) continue;
      double cost = 0, bytes = 0;
      for (const int g : candidate.groups) {
        cost += costs_.data()[g];
        for (const int w : time_.writes(g))
          if (next_reader_.data()[w] >= candidate.at) bytes += static_cast<double>(time_.bytes(w));
      }
      candidate.cost_per_byte = cost / bytes;
      candidates.push_back(candidate);
    }
    return candidates;
  }

  /// Adds a group to what is run again in front of a step, and before it what it reads and is not there any more.
  /// False if a group cannot be repeated: it writes more than transient values, or a parameter has changed since.
  constexpr bool repeat(int group, Candidate& candidate) const {
    if (can_repeat_.data()[group] == 0) return false;
    if (is_overwritten_before(candidate.at, group)) return false;
    for (const int v : time_.reads(group)) {
      bool there = there_.data()[v] != 0 || next_writer_.data()[v] < candidate.at;
      for (const int g : candidate.groups) there = there || time_.writes(g).has(v);
      if (!there && !repeat(plan_.values[v].producer, candidate)) return false;
    }
    candidate.groups.push_back(group);
    return true;
  }

  /// Whether a parameter or a state that a group reads is assigned in front of this step.
  constexpr bool is_overwritten_before(int step, int group) const {
    bool found = false;
    for_each_need(plan_, group, [&](int v) {
      const int assigner = assigner_.data()[v];
      found = found || (assigner >= 0 && step_of_.data()[assigner] < step);
    });
    return found;
  }

  /// Leaves out repetitions that the ones after them have made needless.
  constexpr void take_back(std::int64_t target) {
    for (std::size_t s = steps_.size(); s-- > 0;) {
      bool repeated = false;
      for (std::size_t earlier = 0; earlier < s; ++earlier) repeated = repeated || steps_[earlier] == steps_[s];
      if (!repeated) continue;
      Steps tried = steps_;
      tried.erase(tried.begin() + static_cast<std::ptrdiff_t>(s));
      const Peak peak = time_.peak(tried);
      if (peak.bytes > target) continue;
      steps_ = tried;
      peak_ = peak;
    }
  }

  PlanView plan_;
  Timeline time_;
  std::vector<double> costs_;
  std::vector<char> can_repeat_;
  Steps steps_;
  Peak peak_;
  std::vector<int> assigner_;     ///< by value that is there before the run: the group that replaces it, or -1
  std::vector<char> there_;       ///< by value: is in memory at the peak
  std::vector<int> next_reader_;  ///< by value that the peak leaves alone: the next step that reads it
  std::vector<int> next_writer_;  ///< by value: the first step behind the peak that writes it
  std::vector<int> step_of_;      ///< by group: where it runs first
};

/// The plan whose groups are those of `from` in this order. What is made again is another value; who reads it
/// reads the latest.
constexpr PlanBuilder in_order(const PlanBuilder& from, const Steps& steps) {
  PlanBuilder to = from;
  to.groups.clear();
  to.operands.clear();
  to.results.clear();
  std::vector<int> latest, place(from.groups.size(), -1), canonical(from.groups.size(), -1);
  for (std::size_t v = 0; v < from.values.size(); ++v) latest.push_back(static_cast<int>(v));
  for (const int g : steps) {
    Group group = from.groups.data()[g];
    const int index = static_cast<int>(to.groups.size());
    for (int* const v : {&group.a, &group.b, &group.c})
      if (*v >= 0) *v = latest.data()[*v];
    group.first_operand = static_cast<int>(to.operands.size());
    for (int o = 0; o < group.operands; ++o)
      to.operands.push_back(latest.data()[from.operands.data()[from.groups.data()[g].first_operand + o]]);
    group.first_result = static_cast<int>(to.results.size());
    for (int r = 0; r < group.results; ++r) {
      Result result = from.results.data()[from.groups.data()[g].first_result + r];
      const bool is_made = from.values.data()[result.value].producer >= 0;
      if (place.data()[g] >= 0) {
        to.values.push_back(from.values.data()[result.value]);
        latest.data()[result.value] = static_cast<int>(to.values.size()) - 1;
      }
      result.value = latest.data()[result.value];
      if (is_made) to.values.data()[result.value].producer = index;
      to.results.push_back(result);
    }
    // The first with this program is the one that the others share it with.
    int& first = canonical.data()[group.canonical];
    if (first < 0) first = index;
    group.canonical = first;
    place.data()[g] = index;
    to.groups.push_back(group);
  }
  return to;
}

}  // namespace detail

/// A plan within a budget, or, if there is none, the one with the smallest arena that was found. It stays as it is
/// if it fits. Cost: linear in what groups touch, for each repetition that is tried; memory is planned a few
/// times, because offsets may need more than the largest sum of bytes.
constexpr PlanBuilder keep_within(const PlanBuilder& plan, const MemoryBudget& budget) {
  PlanBuilder best = plan;
  std::int64_t arena = planned_bytes(view(plan), budget.samples);
  const auto try_for = [&](detail::Recomputation& choice, std::int64_t target) {
    choice.reach(target);
    PlanBuilder next = detail::in_order(plan, choice.steps());
    share_in_place(next);
    const std::int64_t bytes = planned_bytes(view(next), budget.samples);
    if (bytes < arena) best = next;
    arena = bytes < arena ? bytes : arena;
    return bytes;
  };
  constexpr int most_attempts = 3;
  detail::Recomputation choice(view(plan), budget.samples);
  std::int64_t target = budget.bytes;
  for (int attempt = 0; attempt < most_attempts && arena > budget.bytes; ++attempt) {
    const std::int64_t bytes = try_for(choice, target);
    if (choice.peak().bytes > target) break;
    target = choice.peak().bytes - (bytes - budget.bytes);
  }
  if (arena > budget.bytes) {
    // Candidates that were undone on the way may have led to a worse choice.
    detail::Recomputation straight(view(plan), budget.samples);
    try_for(straight, 0);
  }
  return best;
}

}  // namespace isthmus::plan
