// Which nodes run together: the first half of Graph → Plan. A group has at most one anchor (a product, a sum, a
// transpose) and what is elementwise around it.
//
// Nodes are visited from the last to the first, so that a node finds the groups of its consumers already
// there. It joins them if all can be one group without making a cycle; else it founds a group and is stored.
// A derivative thus goes where it is used, beside the backward product, and not beside the forward one, where
// it would have to be stored. Cost: linear in nodes and edges, but for a bounded search at a merge.
#pragma once

#include <isthmus/plan/plan.hpp>

#include <vector>

namespace isthmus::plan::detail {

/// Limits that keep a kernel's registers and argument list small.
inline constexpr int most_members = 48;
/// How many nodes a merge may visit before it is given up as too costly to prove.
inline constexpr int search_limit = 48;

struct Space {
  bool has_batch = false;
  int rows = 1, columns = 1;
  constexpr bool operator==(const Space&) const = default;
};
constexpr Space space_of(const Shape& shape) {
  return {shape.has_batch(), static_cast<int>(shape.rows_per_sample()), shape.columns()};
}
constexpr bool is_scalar(const Shape& shape) { return shape.rank == 0; }

/// How a sum is computed. `legalize` leaves none that sums both rows and columns, but to a scalar.
constexpr Anchor sum_anchor(const Shape& from, const Shape& to) {
  if (to.rank == 0) return Anchor::total_sum;
  return to.columns() == from.columns() ? Anchor::column_sum : Anchor::row_sum;
}

/// What a node's group has as its anchor if the node is in it.
constexpr Anchor anchor_of(GraphView graph, int i) {
  switch (graph[i].op) {
    case Op::matmul: return Anchor::matmul;
    case Op::transpose: return Anchor::transpose;
    case Op::sum_to: return sum_anchor(graph[graph[i].inputs[0]].shape, graph[i].shape);
    case Op::rows: return Anchor::rows;
    case Op::reshape: return Anchor::reshape;
    case Op::random: return Anchor::random;
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
  Space space;
  bool scalar = false;
  Anchor anchor = Anchor::none;
  int anchor_node = -1;
  bool assigns = false;
  int members = 0;
  int last_member = -1;  ///< largest node index
  bool is_read_outside = false;
  int first_member = 1 << 30;
  int merged_into = -1;
};

/// What grouping gives: the group of each node, -1 for leaves, and each node's consumers.
struct Grouping {
  std::vector<int> group;
  std::vector<Draft> drafts;  ///< those that were merged into others are empty
  std::vector<int> first_consumer, consumers;
};

class Grouper {
 public:
  constexpr explicit Grouper(GraphView graph) : graph_(graph), n_(graph.size) {
    group_.assign(static_cast<std::size_t>(n_), -1);
    stored_.assign(static_cast<std::size_t>(n_), char{0});
    link_consumers();
  }

  constexpr Grouping run() {
    for (int i = n_ - 1; i >= 0; --i) place(i);
    for (int i = 0; i < n_; ++i) group_.data()[i] = group_of(i);
    return {static_cast<std::vector<int>&&>(group_), static_cast<std::vector<Draft>&&>(drafts_),
            static_cast<std::vector<int>&&>(first_), static_cast<std::vector<int>&&>(consumers_)};
  }

 private:
  constexpr const Node& node(int i) const { return graph_.nodes[i]; }
  constexpr int root(int g) const {
    while (g >= 0 && drafts_.data()[g].merged_into >= 0) g = drafts_.data()[g].merged_into;
    return g;
  }
  constexpr int group_of(int i) const { return root(group_.data()[i]); }

  constexpr void link_consumers() {
    first_.assign(static_cast<std::size_t>(n_) + 1, 0);
    int* const first = first_.data();
    for (int i = 0; i < n_; ++i)
      for (int k = 0; k < 3; ++k)
        if (node(i).inputs[k] >= 0) ++first[node(i).inputs[k] + 1];
    for (int i = 0; i < n_; ++i) first[i + 1] += first[i];
    consumers_.assign(static_cast<std::size_t>(first[n_]) + 1, 0);
    std::vector<int> next(first_);
    int* const at = next.data();
    int* const to = consumers_.data();
    for (int i = 0; i < n_; ++i)
      for (int k = 0; k < 3; ++k)
        if (node(i).inputs[k] >= 0) to[at[node(i).inputs[k]]++] = i;
  }

  // A node that can be computed inside an elementwise loop over its own shape.
  constexpr bool is_loop_node(int i) const {
    const Op op = node(i).op;
    return op == Op::elementwise || op == Op::broadcast || is_sink(op);
  }
  // A consumer that reads this node at the position that it computes, inside a loop.
  constexpr bool reads_in_place(int consumer, int producer) const {
    const Node& c = node(consumer);
    if (c.op == Op::assign && c.inputs[0] == producer) return false;
    if (!is_loop_node(consumer)) return false;
    return is_scalar(c.shape) == is_scalar(node(producer).shape) &&
           space_of(c.shape) == space_of(node(producer).shape);
  }

  constexpr int new_group(int i) {
    Draft draft;
    draft.space = space_of(node(i).shape);
    draft.scalar = is_scalar(node(i).shape);
    drafts_.push_back(draft);
    return static_cast<int>(drafts_.size()) - 1;
  }

  // What is reduced together is one group; `distribute` has seen to it that no member waits for another.
  constexpr int group_of_bucket(int i) {
    for (int g = 0; g < static_cast<int>(drafts_.size()); ++g) {
      const Draft& draft = drafts_.data()[g];
      if (draft.anchor == Anchor::all_reduce && node(draft.anchor_node).attribute == node(i).attribute) return g;
    }
    return new_group(i);
  }

  constexpr void join(int i, int g) {
    Draft& draft = drafts_.data()[g];
    group_.data()[i] = g;
    ++draft.members;
    if (i > draft.last_member) draft.last_member = i;
    if (i < draft.first_member) draft.first_member = i;
    if (node(i).op == Op::assign) draft.assigns = true;
    const Anchor anchor = anchor_of(graph_, i);
    if (anchor != Anchor::none) {
      draft.anchor = anchor;
      draft.anchor_node = i;
    }
    for (int c = first_.data()[i]; c < first_.data()[i + 1]; ++c) {
      const int consumer = consumers_.data()[c];
      if (node(consumer).op == Op::assign && node(consumer).inputs[0] == i) continue;
      if (group_of(consumer) == g) continue;
      stored_.data()[i] = 1;
      draft.is_read_outside = true;
    }
  }

  // Would a path lead from group `from`, through another group, to group `to`? All members of a group run
  // together, so what one of them feeds waits for all of them: the search walks groups. With `node_alone` only
  // the paths that start at that node count. Unknown counts as yes.
  constexpr bool may_reach(int from, int to, int node_alone) const {
    int queue[search_limit] = {};
    int seen = 0;
    // False when the search has to end with "yes".
    const auto visit_consumers = [&](int i) {
      for (int c = first_.data()[i]; c < first_.data()[i + 1]; ++c) {
        const int g = group_of(consumers_.data()[c]);
        if (g < 0 || g == from || g == to) continue;
        bool known = false;
        for (int s = 0; s < seen; ++s) known = known || queue[s] == g;
        if (known) continue;
        if (seen == search_limit) return false;
        queue[seen++] = g;
      }
      return true;
    };
    const auto feeds_target = [&](int i) {
      for (int c = first_.data()[i]; c < first_.data()[i + 1]; ++c)
        if (group_of(consumers_.data()[c]) == to) return true;
      return false;
    };
    if (node_alone >= 0) {
      if (!visit_consumers(node_alone)) return true;
    } else {
      for (int i = drafts_.data()[from].first_member; i <= drafts_.data()[from].last_member; ++i)
        if (stored_.data()[i] != 0 && group_of(i) == from && !visit_consumers(i)) return true;
    }
    for (int next = 0; next < seen; ++next) {
      const Draft& draft = drafts_.data()[queue[next]];
      for (int i = draft.first_member; i <= draft.last_member; ++i) {
        if (stored_.data()[i] == 0 || group_of(i) != queue[next]) continue;
        if (feeds_target(i) || !visit_consumers(i)) return true;
      }
    }
    return false;
  }

  // Does the group read this node in another way than at the position that it computes: by its anchor, or as a
  // repeated row? Then the whole node has to be there before the group starts.
  constexpr bool reads_out_of_place(int g, int i) const {
    for (int c = first_.data()[i]; c < first_.data()[i + 1]; ++c)
      if (group_of(consumers_.data()[c]) == g && !reads_in_place(consumers_.data()[c], i)) return true;
    return false;
  }
  constexpr bool feeds_out_of_place(int from, int to) const {
    for (int i = drafts_.data()[from].first_member; i <= drafts_.data()[from].last_member; ++i)
      if (stored_.data()[i] != 0 && group_of(i) == from && reads_out_of_place(to, i)) return true;
    return false;
  }

  constexpr bool can_merge(int x, int y) const {
    const Draft& a = drafts_.data()[x];
    const Draft& b = drafts_.data()[y];
    if (a.anchor != Anchor::none && b.anchor != Anchor::none) return false;
    if (a.members + b.members > most_members) return false;
    const bool a_open = a.is_read_outside, b_open = b.is_read_outside;
    // What assigns runs after every reader of what it overwrites: nothing may wait for it.
    if ((a.assigns && b_open) || (b.assigns && a_open)) return false;
    if (a_open && (feeds_out_of_place(x, y) || may_reach(x, y, -1))) return false;
    return !(b_open && (feeds_out_of_place(y, x) || may_reach(y, x, -1)));
  }

  constexpr void merge(int into, int other) {
    Draft& a = drafts_.data()[into];
    Draft& b = drafts_.data()[other];
    b.merged_into = into;
    a.members += b.members;
    a.assigns = a.assigns || b.assigns;
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
    const Anchor anchor = anchor_of(graph_, i);
    if (anchor == Anchor::all_reduce) {
      join(i, group_of_bucket(i));
      return;
    }
    // The groups that read this node where it is computed, and whether anything else reads it.
    int hosts[8] = {};
    int count = 0;
    bool read_elsewhere = false;
    for (int c = first_.data()[i]; c < first_.data()[i + 1]; ++c) {
      const int consumer = consumers_.data()[c];
      if (!reads_in_place(consumer, i)) {
        read_elsewhere = true;
        continue;
      }
      const int g = group_of(consumer);
      bool known = false;
      for (int h = 0; h < count; ++h) known = known || hosts[h] == g;
      if (known) continue;
      if (count == 8) read_elsewhere = true;
      else hosts[count++] = g;
    }
    // Scalars cost nothing to keep apart, and merged they would make one wait for what only another needs.
    const bool scalar = is_scalar(self.shape);
    // These write into their results themselves, piece by piece or over and over.
    const bool alone = anchor == Anchor::total_sum || anchor == Anchor::conv2d_weights ||
                       anchor == Anchor::conv2d_pack;
    if (count == 0 || alone || (scalar && count > 1)) {
      join(i, new_group(i));
      return;
    }
    int host = hosts[0];
    for (int h = 1; h < count; ++h)
      if (drafts_.data()[hosts[h]].last_member < drafts_.data()[host].last_member) host = hosts[h];
    for (int h = 0; h < count; ++h) {
      if (hosts[h] == host) continue;
      if (can_merge(host, hosts[h])) merge(host, hosts[h]);
      else read_elsewhere = true;
    }
    const Draft& draft = drafts_.data()[host];
    bool fits = draft.members < most_members;
    if (anchor != Anchor::none) {
      fits = fits && draft.anchor == Anchor::none && !draft.scalar;
      // The anchor reads its operands everywhere, the group overwrites what it assigns piece by piece.
      for (int k = 0; k < 3 && draft.assigns; ++k)
        if (self.inputs[k] >= 0)
          fits = fits && node(self.inputs[k]).op != Op::parameter && node(self.inputs[k]).op != Op::state;
    }
    if (read_elsewhere) fits = fits && !draft.assigns && !reads_out_of_place(host, i) && !may_reach(host, host, i);
    join(i, fits ? host : new_group(i));
  }

  GraphView graph_;
  int n_;
  std::vector<int> group_, first_, consumers_;
  std::vector<char> stored_;
  std::vector<Draft> drafts_;
};

}  // namespace isthmus::plan::detail
