// When a program needs how many bytes, while its order is still being chosen: the groups of a plan as steps, one
// after the other, some of them more than once. A step reads what the latest step before it has made of a value.
#pragma once

#include <isthmus/array.hpp>
#include <isthmus/plan/in_place.hpp>

namespace isthmus::plan {

/// Groups of a plan in the order in which they run; one that is there again computes its values again.
using Steps = std::vector<int>;

/// The largest sum of bytes that are needed at the same time.
struct Peak {
  std::int64_t bytes = 0;
  int steps = 0;  ///< how many need so much
  int first = 0;  ///< the first of them

  constexpr bool is_below(const Peak& other) const {
    return bytes < other.bytes || (bytes == other.bytes && steps < other.steps);
  }
};

/// The accesses of a plan's groups to transient memory, as lists that are fast to iterate over in constant
/// evaluation.
class Timeline {
 public:
  constexpr Timeline(const PlanView& plan, int samples) : plan_(plan) {
    for (int v = 0; v < plan.value_count; ++v) {
      const std::int64_t size = value_bytes(plan.values[v], samples);
      const bool transient = plan.values[v].storage == Storage::transient;
      bytes_.push_back(transient ? size : 0);
      // Operand and result of an all_reduce are the same bytes.
      if (!transient && (plan.values[v].storage != Storage::reduced || is_reduction(v))) kept_ += size;
    }
    for (int g = 0; g < plan.group_count; ++g) add_group(plan.groups[g]);
    first_read_.push_back(static_cast<int>(reads_.size()));
    first_write_.push_back(static_cast<int>(writes_.size()));
    first_pair_.push_back(static_cast<int>(pairs_.size()));
  }

  constexpr const PlanView& plan() const { return plan_; }
  constexpr std::int64_t bytes(int value) const { return bytes_.data()[value]; }

  /// The transient values that a group reads, or writes.
  struct List {
    const int* first;
    const int* last;
    constexpr const int* begin() const { return first; }
    constexpr const int* end() const { return last; }
    constexpr bool has(int value) const {
      for (const int* i = first; i != last; ++i)
        if (*i == value) return true;
      return false;
    }
  };
  constexpr List reads(int group) const { return part(reads_, first_read_, group); }
  constexpr List writes(int group) const { return part(writes_, first_write_, group); }

  /// Walks from the last step to the first: `visit(step, bytes, alive)` is told how many bytes a step needs, and
  /// which values are still needed behind it. Cost: linear in what the steps touch.
  template <class Visit>
  constexpr void walk(const Steps& steps, Visit visit) const {
    Array<char> living(static_cast<int>(bytes_.size()));
    char* const alive = living.data();
    const std::int64_t* const size = bytes_.data();
    std::int64_t behind = kept_;
    for (int s = static_cast<int>(steps.size()) - 1; s >= 0; --s) {
      const int g = steps.data()[s];
      const List read = reads(g), written = writes(g);
      std::int64_t here = behind, before = behind;
      for (const int* v = read.first; v != read.last; ++v)
        if (alive[*v] == 0) here += size[*v], before += size[*v];
      for (const int* v = written.first; v != written.last; ++v) {
        if (alive[*v] == 0) here += size[*v];  // A value that is not read needs a place where it is written.
        else before -= size[*v];
      }
      for (int p = first_pair_.data()[g]; p < first_pair_.data()[g + 1]; ++p)
        if (alive[pairs_.data()[p].operand] == 0) {
          here -= size[pairs_.data()[p].result];
          break;
        }
      visit(s, here, static_cast<const char*>(alive));
      for (const int* v = written.first; v != written.last; ++v) alive[*v] = 0;
      for (const int* v = read.first; v != read.last; ++v) alive[*v] = 1;
      behind = before;
    }
  }

  constexpr Peak peak(const Steps& steps) const {
    Peak peak;
    walk(steps, [&](int step, std::int64_t bytes, const char*) {
      if (bytes < peak.bytes) return;
      peak = {bytes, bytes == peak.bytes ? peak.steps + 1 : 1, step};
    });
    return peak;
  }

 private:
  /// A result that takes over an operand's bytes if its group is the last to read it.
  struct Pair {
    int operand, result;
  };

  constexpr bool is_reduction(int value) const {
    const int producer = plan_.values[value].producer;
    return producer >= 0 && plan_.groups[producer].anchor == Anchor::all_reduce;
  }

  static constexpr List part(const std::vector<int>& list, const std::vector<int>& first, int group) {
    return {list.data() + first.data()[group], list.data() + first.data()[group + 1]};
  }

  constexpr void add_group(const Group& group) {
    first_read_.push_back(static_cast<int>(reads_.size()));
    first_write_.push_back(static_cast<int>(writes_.size()));
    first_pair_.push_back(static_cast<int>(pairs_.size()));
    const auto add = [&](std::vector<int>& list, int begin, int value) {
      if (value < 0 || plan_.values[value].storage != Storage::transient) return;
      for (std::size_t i = static_cast<std::size_t>(begin); i < list.size(); ++i)
        if (list[i] == value) return;
      list.push_back(value);
    };
    for (const int operand : {group.a, group.b, group.c}) add(reads_, first_read_.back(), operand);
    for (int o = 0; o < group.operands; ++o) {
      const int operand = plan_.operands[group.first_operand + o];
      add(reads_, first_read_.back(), operand);
      const int result = result_over(plan_, group, operand);
      if (result >= 0) pairs_.push_back({operand, result});
    }
    for (int r = 0; r < group.results; ++r)
      add(writes_, first_write_.back(), plan_.results[group.first_result + r].value);
  }

  PlanView plan_;
  std::vector<std::int64_t> bytes_;  ///< of transient values
  std::int64_t kept_ = 0;
  std::vector<int> reads_, first_read_, writes_, first_write_, first_pair_;
  std::vector<Pair> pairs_;
};

}  // namespace isthmus::plan
