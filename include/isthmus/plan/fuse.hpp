// Graph → Plan: groups of nodes (grouping.hpp) become kernels' programs, and what passes between them values. A
// group has at most one anchor (a product, a sum, a transpose) and an elementwise program over one iteration
// space; what only the group itself reads never reaches memory. Cost: linear in nodes and edges.
#pragma once

#include <isthmus/ops/elementwise.hpp>
#include <isthmus/plan/grouping.hpp>
#include <isthmus/plan/plan.hpp>

#include <algorithm>
#include <stdexcept>

namespace isthmus::plan {
namespace detail {

class Emitter {
 public:
  constexpr Emitter(GraphView graph, Grouping grouping)
      : graph_(graph),
        n_(graph.size),
        grouping_(static_cast<Grouping&&>(grouping)),
        group_(grouping_.group.data()),
        value_(n_, -1),
        sums_(n_, -1),
        positions_(n_, -1),
        at_(n_, -1) {}

  constexpr PlanBuilder run() {
    const int drafts = static_cast<int>(grouping_.drafts.size());
    reserve();
    collect_members(drafts);
    order_groups(drafts);
    plan_.nodes.assign(graph_.begin(), graph_.end());
    for (int i = 0; i < n_; ++i) {
      const Op op = node(i).op;
      if (op == Op::input) value_[i] = new_value(i, Storage::external_input);
      if (op == Op::parameter) value_[i] = new_value(i, Storage::parameter);
      if (op == Op::state) value_[i] = new_value(i, Storage::state);
      if (op == Op::host_scalar) value_[i] = new_value(i, Storage::scalar);
    }
    for (const int g : order_) emit_group(g);
    find_preparations();
    find_canonical_groups();
    return static_cast<PlanBuilder&&>(plan_);
  }

 private:
  constexpr const Node& node(int i) const { return graph_.nodes[i]; }

  constexpr const Draft& draft(int g) const { return grouping_.drafts.data()[g]; }

  // Room for a usual plan: a vector that grows copies its elements, which takes the compiler long.
  constexpr void reserve() {
    const auto nodes = static_cast<std::size_t>(n_);
    plan_.values.reserve(nodes);
    plan_.groups.reserve(grouping_.drafts.size());
    plan_.instructions.reserve(2 * nodes);
    plan_.operands.reserve(nodes);
    plan_.results.reserve(nodes);
  }

  constexpr void collect_members(int drafts) {
    member_start_ = Array<int>(drafts + 1);
    int* const start = member_start_.data();
    for (int i = 0; i < n_; ++i)
      if (group_[i] >= 0) ++start[group_[i] + 1];
    for (int g = 0; g < drafts; ++g) start[g + 1] += start[g];
    members_ = Array<int>(n_);
    int* const members = members_.data();
    Array<int> next(drafts);
    for (int g = 0; g < drafts; ++g) next[g] = start[g];
    for (int i = 0; i < n_; ++i)
      if (group_[i] >= 0) members[next[group_[i]]++] = i;
  }

  // Calls `link(before, after)` for every pair of groups of which one has to wait for the other, once for each
  // reason.
  template <class Link>
  constexpr void for_each_dependency(const int* assigner, Link link) const {
    for (int i = 0; i < n_; ++i) {
      const int group = group_[i];
      if (group < 0) continue;
      for (int k = 0; k < 3; ++k) {
        const int in = graph_.nodes[i].inputs[k];
        if (in < 0) continue;
        const int other = group_[in];
        if (other == group) continue;
        if (other >= 0) link(other, group);
        else if (assigner[in] >= 0 && assigner[in] != group) link(group, assigner[in]);
      }
    }
  }

  // Topological, and among the ready ones the group with the earliest node first: forward, then layer by layer
  // backward, each update right after its gradient, which also keeps few buffers alive.
  constexpr void order_groups(int drafts) {
    Array<int> assigner(n_, -1);
    for (int i = 0; i < n_; ++i)
      if (node(i).op == Op::assign) assigner[node(i).inputs[0]] = group_[i];
    Array<int> waits(drafts), first_follower(drafts + 1), next(drafts);
    for_each_dependency(assigner.data(), [&](int before, int after) {
      ++first_follower[before + 1];
      ++waits[after];
    });
    for (int g = 0; g < drafts; ++g) {
      next[g] = first_follower[g];
      first_follower[g + 1] += first_follower[g];
    }
    Array<int> followers(first_follower[drafts]);
    for_each_dependency(assigner.data(), [&](int before, int after) { followers[next[before]++] = after; });
    // A group's place in line is the place of its anchor, or of its first node; scalars go at once.
    Array<int> places(drafts);
    for (int g = 0; g < drafts; ++g)
      places[g] = draft(g).scalar ? 0 : draft(g).anchor_node >= 0 ? draft(g).anchor_node : draft(g).first_member;
    const int* const place = places.data();
    const auto later = [place](int x, int y) { return place[x] > place[y]; };
    std::vector<int> heap;
    std::size_t groups = 0;
    for (int g = 0; g < drafts; ++g) {
      if (draft(g).merged_into >= 0) continue;
      ++groups;
      if (waits[g] == 0) heap.push_back(g);
    }
    std::make_heap(heap.begin(), heap.end(), later);
    order_.reserve(groups);
    while (!heap.empty()) {
      std::pop_heap(heap.begin(), heap.end(), later);
      const int g = heap.back();
      heap.pop_back();
      order_.push_back(g);
      for (int f = first_follower[g]; f < first_follower[g + 1]; ++f)
        if (--waits[followers[f]] == 0) {
          heap.push_back(followers[f]);
          std::push_heap(heap.begin(), heap.end(), later);
        }
    }
    // A plan that lacks a group would compute nonsense in silence.
    if (order_.size() != groups) throw std::logic_error("plan: expected no cycle between groups");
  }

  constexpr int new_value(int i, Storage storage) {
    const Shape& shape = node(i).shape;
    Value value;
    value.storage = is_scalar(shape) ? Storage::scalar : storage;
    if (is_scalar(shape) && storage == Storage::external_output) value.storage = storage;
    value.has_batch = grouping_.space[i].has_batch;
    value.rows = grouping_.space[i].rows;
    value.columns = grouping_.space[i].columns;
    value.node = i;
    plan_.values.push_back(value);
    return static_cast<int>(plan_.values.size()) - 1;
  }

  // The operand that stands for where a pool found its values, or -1.
  static constexpr int positions_operand(const Node& node) {
    if (node.op == Op::max_unpool || node.op == Op::max_gather) return 1;
    return node.op == Op::conv2d_weights && node.pooled ? 2 : -1;
  }
  // The value that says where the max_pool `i` found what it gave.
  constexpr int positions_of(int i) {
    if (positions_[i] < 0) {
      positions_[i] = new_value(i, Storage::transient);
      plan_.values.data()[positions_[i]].positions = true;
    }
    return positions_[i];
  }

  // The value of the sums over each panel's row of node `i`, for a total or a row sum.
  constexpr int panel_sums_of(int i) {
    if (sums_[i] < 0) {
      const int v = new_value(i, Storage::transient);
      plan_.values.data()[v].panel_sums = true;
      plan_.values.data()[v].storage = Storage::transient;
      sums_[i] = v;
    }
    return sums_[i];
  }

  constexpr int add(const Instruction& instruction) {
    plan_.instructions.push_back(instruction);
    return static_cast<int>(plan_.instructions.size()) - 1 - first_instruction_;
  }

  // The number of the group's one_hot that has its 1 in this column, or of the next one to be made.
  constexpr std::int16_t one_hot_of(float column) const {
    std::int16_t count = 0;
    for (int k = first_instruction_; k < static_cast<int>(plan_.instructions.size()); ++k) {
      const Instruction& known = plan_.instructions.data()[k];
      if (known.code != Code::one_hot) continue;
      if (known.value == column) return known.a;
      ++count;
    }
    return count;
  }

  // The instruction that gives node `i` inside the group with iteration space `space`.
  constexpr int use(int i, int g, const Group& group) {
    if (group_[i] == g) return at_[i];
    const Node& source = node(i);
    Instruction load;
    if (source.op == Op::constant) {
      load.code = Code::constant;
      load.value = source.value;
    } else if (source.op == Op::one_hot) {
      // The only column of one, repeated.
      load.code = source.shape.columns() == 1 ? Code::constant : Code::one_hot;
      load.value = source.shape.columns() == 1 ? 1.0f : source.value;
      if (load.code == Code::one_hot) load.a = one_hot_of(load.value);
    } else {
      const Space& from = grouping_.space[i];
      if (is_scalar(source.shape)) load.code = Code::load_scalar;
      else if (from.columns == group.columns && from.rows == group.rows && from.has_batch == group.has_batch)
        load.code = Code::load;
      else if (from.columns == 1 && group.columns != 1) load.code = Code::load_column;
      else load.code = Code::load_row;
      const int value = value_[i];
      int slot = -1;
      for (int o = 0; o < operands_; ++o)
        if (plan_.operands.data()[group.first_operand + o] == value) slot = o;
      if (slot < 0) {
        slot = operands_++;
        plan_.operands.push_back(value);
      }
      load.a = static_cast<std::int16_t>(slot);
    }
    const int count = static_cast<int>(plan_.instructions.size()) - first_instruction_;
    for (int k = 0; k < count; ++k) {
      const Instruction& known = plan_.instructions.data()[first_instruction_ + k];
      if (known.code == load.code && known.a == load.a && known.value == load.value && known.code != Code::compute)
        return k;
    }
    return add(load);
  }

  constexpr void add_result(int instruction, int value, int group) {
    plan_.results.push_back({instruction, value});
    plan_.values.data()[value].producer = group;
  }

  constexpr void emit_group(int g) {
    const Draft& of = draft(g);
    const int index = static_cast<int>(plan_.groups.size());
    Group group;
    group.anchor = of.anchor != Anchor::none ? of.anchor : of.scalar ? Anchor::scalar : Anchor::none;
    group.has_batch = of.space.has_batch;
    group.rows = of.space.rows;
    group.columns = of.space.columns;
    group.first_instruction = first_instruction_ = static_cast<int>(plan_.instructions.size());
    group.first_operand = static_cast<int>(plan_.operands.size());
    group.first_result = static_cast<int>(plan_.results.size());
    group.node = of.anchor_node >= 0 ? of.anchor_node : of.first_member;
    operands_ = 0;
    if (of.anchor_node >= 0) {
      const Node& anchor = node(of.anchor_node);
      const bool from_sums = of.anchor == Anchor::total_sum || of.anchor == Anchor::row_sum;
      group.transpose_a = anchor.transpose_a;
      if (of.anchor == Anchor::all_reduce) group.a = -1;
      else if (from_sums) group.a = panel_sums_of(anchor.inputs[0]);
      else if (anchor.inputs[0] >= 0) group.a = value_[anchor.inputs[0]];
      const int by_pool = positions_operand(anchor);
      if (by_pool == 1) group.b = positions_of(anchor.inputs[1]);
      else if (anchor.inputs[1] >= 0) group.b = value_[anchor.inputs[1]];
      if (by_pool == 2) group.c = positions_of(anchor.inputs[2]);
      else if (anchor.inputs[2] >= 0) group.c = value_[anchor.inputs[2]];
    }
    for (int m = member_start_[g]; m < member_start_[g + 1]; ++m) emit_member(members_[m], g, index, group);
    group.instructions = static_cast<int>(plan_.instructions.size()) - group.first_instruction;
    group.operands = static_cast<int>(plan_.operands.size()) - group.first_operand;
    group.results = static_cast<int>(plan_.results.size()) - group.first_result;
    plan_.groups.push_back(group);
  }

  constexpr void emit_member(int i, int g, int index, const Group& group) {
    const Node& self = node(i);
    if (self.op == Op::all_reduce) {
      const int operand = value_[self.inputs[0]];
      Value& before = plan_.values.data()[operand];
      if (before.storage != Storage::scalar) before.storage = Storage::reduced;
      plan_.operands.push_back(operand);
      value_[i] = new_value(i, Storage::reduced);
      add_result(-1, value_[i], index);
      return;
    }
    if (grouping_.anchor[i] != Anchor::none) {
      at_[i] = add({Code::accumulator});
    } else if (self.op == Op::assign) {
      const int result = use(self.inputs[1], g, group);
      // The parameter existed before: its producer stays -1, readers of the old value are kept apart by edges.
      plan_.results.push_back({result, value_[self.inputs[0]]});
      return;
    } else if (self.op == Op::output || self.op == Op::side_output) {
      const int v = new_value(i, Storage::external_output);
      value_[i] = v;
      add_result(use(self.inputs[0], g, group), v, index);
      return;
    } else if (self.op == Op::broadcast) {
      at_[i] = use(self.inputs[0], g, group);
    } else {
      Instruction compute{Code::compute, self.function, -1, -1, -1, self.value};
      compute.a = static_cast<std::int16_t>(use(self.inputs[0], g, group));
      if (self.inputs[1] >= 0) compute.b = static_cast<std::int16_t>(use(self.inputs[1], g, group));
      if (self.inputs[2] >= 0) compute.c = static_cast<std::int16_t>(use(self.inputs[2], g, group));
      at_[i] = add(compute);
    }
    store_member(i, g, index);
  }

  // Stores what other groups read: the value itself, or only its panel sums.
  constexpr void store_member(int i, int g, int index) {
    bool whole = false, sums = false, positions = false;
    for (int c = grouping_.first_consumer[i]; c < grouping_.first_consumer[i + 1]; ++c) {
      const int consumer = grouping_.consumers[c];
      const Anchor anchor = grouping_.anchor[consumer];
      if (anchor == Anchor::total_sum || anchor == Anchor::row_sum) sums = true;
      else if (const int k = positions_operand(node(consumer)); k >= 0 && node(consumer).inputs[k] == i) {
        positions = true;
        for (int other = 0; other < k; ++other) whole = whole || node(consumer).inputs[other] == i;
      } else if (group_[consumer] != g) whole = true;
    }
    if (positions) {
      const int found = add({Code::position});
      add_result(found, positions_of(i), index);
    }
    if (whole) {
      value_[i] = new_value(i, Storage::transient);
      add_result(at_[i], value_[i], index);
    }
    if (sums) add_result(at_[i], panel_sums_of(i), index);
  }

  // Groups that read parameters alone need to run only when these change, if the program changes none itself.
  constexpr void find_preparations() {
    for (const Node& n : graph_)
      if (n.op == Op::assign) return;
    Value* const values = plan_.values.data();
    const auto is_kept = [&](int v) {
      return v < 0 || values[v].storage == Storage::parameter || values[v].storage == Storage::packed;
    };
    for (Group& group : plan_.groups) {
      bool kept = is_kept(group.a) && is_kept(group.b) && is_kept(group.c) && group.anchor != Anchor::scalar &&
                  group.anchor != Anchor::total_sum && group.anchor != Anchor::random && !group.has_batch;
      for (int o = 0; o < group.operands; ++o)
        kept = kept && is_kept(plan_.operands.data()[group.first_operand + o]);
      for (int r = 0; r < group.results; ++r)
        kept = kept && values[plan_.results.data()[group.first_result + r].value].storage == Storage::transient;
      if (!kept) continue;
      group.packs = true;
      for (int r = 0; r < group.results; ++r)
        values[plan_.results.data()[group.first_result + r].value].storage = Storage::packed;
    }
  }

  // Two groups with the same program need one kernel.
  constexpr void find_canonical_groups() {
    const int count = static_cast<int>(plan_.groups.size());
    Group* const groups = plan_.groups.data();
    Array<int> canonical(count);
    Array<std::uint32_t> hashes(count);
    int distinct = 0;
    for (int g = 0; g < count; ++g) {
      const std::uint32_t hash = hash_of_program(groups[g]);
      int c = 0;
      while (c < distinct && (hashes[c] != hash || !same_program(groups[g], groups[canonical[c]]))) ++c;
      if (c == distinct) {
        canonical[c] = g;
        hashes[c] = hash;
        ++distinct;
      }
      groups[g].canonical = canonical[c];
    }
  }
  // Equal for those that same_program() calls the same.
  constexpr std::uint32_t hash_of_program(const Group& group) const {
    const Instruction* const program = plan_.instructions.data() + group.first_instruction;
    std::uint32_t hash = static_cast<std::uint32_t>(group.operands);
    for (int i = 0; i < group.instructions; ++i) {
      hash = hash * 0x9E3779B1u + static_cast<std::uint32_t>(program[i].code);
      hash = hash * 0x9E3779B1u + static_cast<std::uint32_t>(program[i].a);
      if (program[i].function != nullptr) hash += program[i].function->hash.value;
    }
    return hash;
  }
  static constexpr bool same_code(const Instruction& x, const Instruction& y) {
    return x == y || (x.code == Code::one_hot && y.code == Code::one_hot && x.a == y.a);
  }
  constexpr bool same_program(const Group& x, const Group& y) const {
    if (x.instructions != y.instructions || x.results != y.results || x.operands != y.operands) return false;
    if ((x.columns % panel_width != 0) != (y.columns % panel_width != 0)) return false;
    if ((x.anchor == Anchor::scalar) != (y.anchor == Anchor::scalar)) return false;
    const Instruction* const p = plan_.instructions.data();
    for (int i = 0; i < x.instructions; ++i)
      if (!same_code(p[x.first_instruction + i], p[y.first_instruction + i])) return false;
    const Result* const r = plan_.results.data();
    const Value* const v = plan_.values.data();
    for (int i = 0; i < x.results; ++i) {
      const Result& a = r[x.first_result + i];
      const Result& b = r[y.first_result + i];
      if (a.instruction != b.instruction || v[a.value].panel_sums != v[b.value].panel_sums) return false;
    }
    return true;
  }

  GraphView graph_;
  int n_;
  Grouping grouping_;
  const int* group_;
  Array<int> member_start_, members_;
  std::vector<int> order_;
  PlanBuilder plan_;
  Array<int> value_, sums_, positions_, at_;
  int first_instruction_ = 0, operands_ = 0;
};

}  // namespace detail

/// Groups the nodes of a simplified graph.
constexpr PlanBuilder fuse(GraphView graph) { return detail::Emitter(graph, detail::Grouper(graph).run()).run(); }

}  // namespace isthmus::plan
