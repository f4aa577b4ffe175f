// The nodes that run together in one kernel: the first half of Graph → Plan. A group has at most one anchor (a
// product, a sum, a transpose) and the elementwise nodes around it.
//
// Nodes are visited from the last to the first, so that a node finds the groups of its consumers already
// there. It joins them if all can be one group without making a cycle; else it founds a group and is stored.
// A derivative thus goes where it is used, beside the backward product, and not beside the forward one, where
// it would have to be stored. Cost: linear in nodes and edges, but for a bounded search at a merge.
#pragma once

#include <isthmus/array.hpp>
#include <isthmus/plan/plan.hpp>

#include <vector>

namespace isthmus::plan::detail {

/// Limits that keep a kernel's registers and argument list small.
inline constexpr int most_members = 48;
/// The most nodes that the search for a cycle may visit before a merge is given up.
inline constexpr int search_limit = 48;

struct Space {
  bool has_batch;
  int rows, columns;
};
constexpr Space space_of(const Shape& shape) {
  return {shape.has_batch(), static_cast<int>(shape.rows_per_sample()), shape.columns()};
}
constexpr bool is_scalar(const Shape& shape) { return shape.rank == 0; }

/// The anchor of a sum. `legalize` leaves none that sums both rows and columns, but to a scalar.
constexpr Anchor sum_anchor(const Shape& from, const Shape& to) {
  if (to.rank == 0) return Anchor::total_sum;
  return to.columns() == from.columns() ? Anchor::column_sum : Anchor::row_sum;
}

/// The anchor that a node's group has if the node is in it.
constexpr Anchor anchor_of(GraphView graph, int i) {
  switch (graph[i].op) {
    case Op::matmul: return Anchor::matmul;
    case Op::transpose: return Anchor::transpose;
    case Op::sum_to: return sum_anchor(graph[graph[i].inputs[0]].shape, graph[i].shape);
    case Op::rows: return Anchor::rows;
    case Op::reshape: return Anchor::reshape;
    case Op::region:
    case Op::concat:
    case Op::permute: return Anchor::move;
    case Op::gather: return Anchor::gather;
    case Op::scatter: return Anchor::scatter;
    case Op::recurrence: return Anchor::recurrence;
    case Op::recurrence_gradient: return Anchor::recurrence_gradient;
    case Op::batched_matmul: return Anchor::batched_matmul;
    case Op::random: return Anchor::random;
    case Op::top_k: return Anchor::top_k;
    case Op::sparse_scatter: return Anchor::sparse_scatter;
    case Op::sparse_gather: return Anchor::sparse_gather;
    case Op::sparse_matmul: return Anchor::sparse_matmul;
    case Op::sampled_matmul: return Anchor::sampled_matmul;
    case Op::sparse_outer: return Anchor::sparse_outer;
    case Op::conv2d:
    case Op::conv2d_transpose: return Anchor::conv2d;
    case Op::conv2d_weights: return Anchor::conv2d_weights;
    case Op::conv2d_pack: return Anchor::conv2d_pack;
    case Op::conv2d_restore: return Anchor::conv2d_restore;
    case Op::max_pool: return Anchor::max_pool;
    case Op::max_unpool: return Anchor::max_unpool;
    case Op::max_gather: return Anchor::max_gather;
    case Op::resample: return Anchor::resample;
    case Op::all_reduce: return Anchor::all_reduce;
    default: return Anchor::none;
  }
}

struct Draft {
  Space space = {};
  bool scalar = false;
  Anchor anchor = Anchor::none;
  int anchor_node = -1;
  bool assigns = false;
  int members = 0;
  int first_member = 1 << 30;  ///< smallest node index
  int last_member = -1;        ///< largest node index
  bool is_read_outside = false;
  /// A parameter or a state that it reads and another group assigns; `several`: there is more than one.
  int overwritten_later = none;
  static constexpr int none = -1, several = -2;
  int merged_into = -1;
  // Two lists of its members, linked in Grouper: of all, and of those that other groups read.
  int first_listed = -1, last_listed = -1;
  int first_stored = -1, last_stored = -1;
};

/// The result of grouping, by node except for the drafts.
struct Grouping {
  Array<int> group;  ///< -1 for leaves
  Array<Space> space;
  Array<Anchor> anchor;       ///< of its group if it is in one
  std::vector<Draft> drafts;  ///< those that were merged into others are empty
  Array<int> first_consumer, consumers;
};

class Grouper {
 public:
  constexpr explicit Grouper(GraphView graph)
      : graph_(graph),
        n_(graph.size),
        space_(n_),
        anchor_(n_),
        place_(n_),
        loops_(n_),
        group_(n_, -1),
        assigner_(n_, -1),
        next_listed_(n_, -1),
        next_stored_(n_, -1),
        seen_in_(n_),
        queue_(search_limit) {
    drafts_.reserve(static_cast<std::size_t>(n_));
    describe_nodes();
    link_consumers();
  }

  constexpr Grouping run() {
    for (int i = n_ - 1; i >= 0; --i) place(i);
    return {static_cast<Array<int>&&>(group_),          static_cast<Array<Space>&&>(space_),
            static_cast<Array<Anchor>&&>(anchor_),      static_cast<std::vector<Draft>&&>(drafts_),
            static_cast<Array<int>&&>(first_consumer_), static_cast<Array<int>&&>(consumers_)};
  }

 private:
  constexpr const Node& node(int i) const { return graph_.nodes[i]; }
  constexpr Draft& draft(int g) { return drafts_.data()[g]; }
  constexpr const Draft& draft(int g) const { return drafts_.data()[g]; }

  constexpr void describe_nodes() {
    const Node* const nodes = graph_.nodes;
    for (int i = 0; i < n_; ++i) {
      const Op op = nodes[i].op;
      const Space space = space_of(nodes[i].shape);
      space_[i] = space;
      anchor_[i] = anchor_of(graph_, i);
      place_[i] = is_scalar(nodes[i].shape) ? -1
                                            : (std::int64_t{space.rows} << 32) + space.columns * std::int64_t{2} +
                                                  (space.has_batch ? 1 : 0);
      loops_[i] = op == Op::elementwise || op == Op::broadcast || is_sink(op);
      if (op == Op::assign) assigner_[nodes[i].inputs[0]] = i;
    }
  }

  constexpr void link_consumers() {
    const Node* const nodes = graph_.nodes;
    first_consumer_ = Array<int>(n_ + 1);
    int* const first = first_consumer_.data();
    for (int i = 0; i < n_; ++i)
      for (int k = 0; k < 3; ++k)
        if (nodes[i].inputs[k] >= 0) ++first[nodes[i].inputs[k] + 1];
    for (int i = 0; i < n_; ++i) first[i + 1] += first[i];
    consumers_ = Array<int>(first[n_]);
    Array<int> next(n_);
    int* const at = next.data();
    for (int i = 0; i < n_; ++i) at[i] = first[i];
    int* const to = consumers_.data();
    for (int i = 0; i < n_; ++i)
      for (int k = 0; k < 3; ++k)
        if (nodes[i].inputs[k] >= 0) to[at[nodes[i].inputs[k]]++] = i;
  }

  // The nodes that read this one, once for each operand.
  struct Readers {
    const int* first;
    const int* last;
    constexpr const int* begin() const { return first; }
    constexpr const int* end() const { return last; }
  };
  constexpr Readers readers(int i) const {
    const int* const first = first_consumer_.data();
    return {consumers_.data() + first[i], consumers_.data() + first[i + 1]};
  }

  // A consumer that reads this node at the position that it computes, inside a loop.
  constexpr bool reads_in_place(int consumer, int producer) const {
    if (!loops_[consumer] || place_[consumer] != place_[producer]) return false;
    const Node& c = graph_.nodes[consumer];
    return c.op != Op::assign || c.inputs[0] != producer;
  }

  constexpr int new_group(int i) {
    Draft made;
    made.space = space_[i];
    made.scalar = is_scalar(node(i).shape);
    drafts_.push_back(made);
    return static_cast<int>(drafts_.size()) - 1;
  }

  // The operands of one bucket are one group; `distribute` has ensured that no member waits for another.
  constexpr int group_of_bucket(int i) {
    for (int g = 0; g < static_cast<int>(drafts_.size()); ++g)
      if (draft(g).anchor == Anchor::all_reduce && node(draft(g).anchor_node).attribute == node(i).attribute)
        return g;
    return new_group(i);
  }

  constexpr void join(int i, int g) {
    Draft& to = draft(g);
    const Node& self = node(i);
    group_[i] = g;
    next_listed_[i] = to.first_listed;
    to.first_listed = i;
    if (to.members++ == 0) to.last_listed = i;
    if (i > to.last_member) to.last_member = i;
    if (i < to.first_member) to.first_member = i;
    if (self.op == Op::assign) to.assigns = true;
    else to.overwritten_later = joined(to.overwritten_later, overwritten_later(i, g));
    if (anchor_[i] != Anchor::none) {
      to.anchor = anchor_[i];
      to.anchor_node = i;
    }
    for (const int consumer : readers(i)) {
      if (group_[consumer] == g || (node(consumer).op == Op::assign && node(consumer).inputs[0] == i)) continue;
      to.is_read_outside = true;
      next_stored_[i] = to.first_stored;
      to.first_stored = i;
      if (to.last_stored < 0) to.last_stored = i;
      break;
    }
  }

  // Is what a group reads assigned by another one than `g`?
  constexpr bool is_assigned_elsewhere(int read, int g) const {
    return read == Draft::several || (read >= 0 && group_[assigner_[read]] != g);
  }
  constexpr int overwritten_later(int i, int g) const {
    int found = Draft::none;
    for (const int in : node(i).inputs)
      if (in >= 0 && assigner_[in] >= 0 && is_assigned_elsewhere(in, g)) found = joined(found, in);
    return found;
  }
  static constexpr int joined(int a, int b) {
    if (a == Draft::none || a == b) return b;
    return b == Draft::none ? a : Draft::several;
  }

  // Would a path lead from group `from`, through another group, to group `to`? All members of a group run
  // together, so what one of them feeds waits for all of them: the search walks groups. With `node_alone` only
  // the paths that start at that node count. Unknown counts as yes.
  constexpr bool may_reach(int from, int to, int node_alone) {
    const int* const group = group_.data();
    const int* const next = next_stored_.data();
    const int* const first = first_consumer_.data();
    const int* const consumers = consumers_.data();
    int* const seen_in = seen_in_.data();
    int* const queue = queue_.data();
    const int search = ++searches_;
    seen_in[from] = seen_in[to] = search;
    int seen = 0, at = -1;
    for (int i = node_alone >= 0 ? node_alone : draft(from).first_stored;;) {
      for (int c = first[i]; c < first[i + 1]; ++c) {
        const int g = group[consumers[c]];
        if (g == to && at >= 0) return true;
        if (seen_in[g] == search) continue;
        if (seen == search_limit) return true;
        seen_in[g] = search;
        queue[seen++] = g;
      }
      i = at < 0 && node_alone >= 0 ? -1 : next[i];
      while (i < 0) {
        if (++at == seen) return false;
        i = draft(queue[at]).first_stored;
      }
    }
  }

  // Does the group read this node in another way than at the position that it computes: by its anchor, or as a
  // repeated row? Then the whole node has to be there before the group starts.
  constexpr bool reads_out_of_place(int g, int i) const {
    for (const int consumer : readers(i))
      if (group_[consumer] == g && !reads_in_place(consumer, i)) return true;
    return false;
  }
  constexpr bool feeds_out_of_place(int from, int to) const {
    for (int i = draft(from).first_stored; i >= 0; i = next_stored_[i])
      if (reads_out_of_place(to, i)) return true;
    return false;
  }

  constexpr bool can_merge(int x, int y) {
    const Draft& a = draft(x);
    const Draft& b = draft(y);
    if (a.anchor != Anchor::none && b.anchor != Anchor::none) return false;
    if (a.members + b.members > most_members) return false;
    const bool a_open = a.is_read_outside, b_open = b.is_read_outside;
    // A group that assigns runs after every reader of the value that it overwrites: no group may wait for it.
    if ((a.assigns && b_open) || (b.assigns && a_open)) return false;
    // And if it read what another one overwrites, which in turn reads what this one does, each would wait.
    if ((a.assigns && is_assigned_elsewhere(b.overwritten_later, x)) ||
        (b.assigns && is_assigned_elsewhere(a.overwritten_later, y)))
      return false;
    if (a_open && (feeds_out_of_place(x, y) || may_reach(x, y, -1))) return false;
    return !(b_open && (feeds_out_of_place(y, x) || may_reach(y, x, -1)));
  }

  constexpr void merge(int into, int other) {
    Draft& a = draft(into);
    Draft& b = draft(other);
    b.merged_into = into;
    for (int i = b.first_listed; i >= 0; i = next_listed_[i]) group_[i] = into;
    next_listed_[b.last_listed] = a.first_listed;
    a.first_listed = b.first_listed;
    if (b.first_stored >= 0) {
      next_stored_[b.last_stored] = a.first_stored;
      if (a.first_stored < 0) a.last_stored = b.last_stored;
      a.first_stored = b.first_stored;
    }
    a.members += b.members;
    a.assigns = a.assigns || b.assigns;
    const auto left = [&](int read) { return is_assigned_elsewhere(read, into) ? read : Draft::none; };
    a.overwritten_later = joined(left(a.overwritten_later), left(b.overwritten_later));
    if (b.anchor != Anchor::none) {
      a.anchor = b.anchor;
      a.anchor_node = b.anchor_node;
    }
    if (b.last_member > a.last_member) a.last_member = b.last_member;
    if (b.first_member < a.first_member) a.first_member = b.first_member;
    a.is_read_outside = a.is_read_outside || b.is_read_outside;
  }

  constexpr void place(int i) {
    const Node& self = node(i);
    if (is_leaf(self.op)) return;
    if (is_sink(self.op)) {
      join(i, new_group(i));
      return;
    }
    const Anchor anchor = anchor_[i];
    if (anchor == Anchor::all_reduce) {
      join(i, group_of_bucket(i));
      return;
    }
    // The groups that read this node where it is computed, and whether anything else reads it.
    int hosts[8] = {};
    int count = 0;
    bool read_elsewhere = false;
    for (const int consumer : readers(i)) {
      if (!reads_in_place(consumer, i)) {
        read_elsewhere = true;
        continue;
      }
      const int g = group_[consumer];
      bool known = false;
      for (int h = 0; h < count; ++h) known = known || hosts[h] == g;
      if (known) continue;
      if (count == 8) read_elsewhere = true;
      else hosts[count++] = g;
    }
    // Scalars cost nothing to keep apart, and merged they would make one wait for what only another needs.
    const bool scalar = is_scalar(self.shape);
    // These anchors write into their results themselves, piece by piece or repeatedly.
    const bool alone = anchor == Anchor::total_sum || anchor == Anchor::conv2d_weights ||
                       anchor == Anchor::conv2d_pack || anchor == Anchor::recurrence ||
                       anchor == Anchor::recurrence_gradient;
    if (count == 0 || alone || (scalar && count > 1)) {
      join(i, new_group(i));
      return;
    }
    int host = hosts[0];
    for (int h = 1; h < count; ++h)
      if (draft(hosts[h]).last_member < draft(host).last_member) host = hosts[h];
    for (int h = 0; h < count; ++h) {
      if (hosts[h] == host) continue;
      if (can_merge(host, hosts[h])) merge(host, hosts[h]);
      else read_elsewhere = true;
    }
    const Draft& chosen = draft(host);
    bool fits = chosen.members < most_members;
    if (anchor != Anchor::none) {
      fits = fits && chosen.anchor == Anchor::none && !chosen.scalar;
      // The anchor reads its operands everywhere, the group overwrites what it assigns piece by piece.
      for (int k = 0; k < 3 && chosen.assigns; ++k)
        if (self.inputs[k] >= 0)
          fits = fits && node(self.inputs[k]).op != Op::parameter && node(self.inputs[k]).op != Op::state;
    }
    if (chosen.assigns) fits = fits && overwritten_later(i, host) == Draft::none;
    if (read_elsewhere)
      fits = fits && !chosen.assigns && !reads_out_of_place(host, i) && !may_reach(host, host, i);
    join(i, fits ? host : new_group(i));
  }

  GraphView graph_;
  int n_;
  Array<Space> space_;
  Array<Anchor> anchor_;
  Array<std::int64_t> place_;  ///< its space in one number, and another one if it is a scalar
  Array<bool> loops_;          ///< can be computed inside an elementwise loop over its own shape
  Array<int> group_;
  Array<int> assigner_;  ///< of a parameter or a state: the node that assigns it, or -1
  std::vector<Draft> drafts_;
  Array<int> first_consumer_, consumers_;
  Array<int> next_listed_, next_stored_;
  // For searches: the last one that has visited each group, and the queue of groups to visit.
  Array<int> seen_in_, queue_;
  int searches_ = 0;
};

}  // namespace isthmus::plan::detail
