// A plan: groups of nodes that run as one kernel, the values that pass between them, and the order of
// the groups. A plan says nothing yet about the batch, the machine or the threads.
#pragma once

#include <isthmus/graph.hpp>

#include <cstdint>
#include <vector>

namespace isthmus::plan {

/// Columns of a panel. Every matrix is stored as panels: columns 0–15 of all rows, then columns 16–31, …, each
/// row of a panel 16 floats, one cache line. A panel's row is a vector load at every SIMD width; a panel is
/// what a matrix product reads as its right operand and, row by row or column by column, as its left one, so
/// no operand is ever repacked. Columns beyond the matrix are zero.
inline constexpr int panel_width = 16;

constexpr int panels_of(int columns) { return (columns + panel_width - 1) / panel_width; }

enum class Storage : std::uint8_t {
  external_input,   ///< the caller's memory, row-major
  external_output,  ///< the caller's memory, row-major
  parameter,        ///< kept from step to step
  packed,           ///< made of parameters alone, once when these change, in programs that do not train
  state,            ///< kept from step to step
  reduced,          ///< operand or result of an all_reduce: both in the same bytes, those of a bucket side by side
  transient,        ///< shares bytes with others
  scalar,           ///< a double beside the arena
};

/// A matrix in memory: `rows` (per sample if `has_batch`) × `columns`.
struct Value {
  Storage storage = Storage::transient;
  bool has_batch = false;
  /// Sums over each panel's row instead of the elements: one float per row and panel, panel after panel.
  bool panel_sums = false;
  /// Where a max_pool found its values, as a position in the window, instead of the values.
  bool positions = false;
  /// Takes over the bytes of this value, which its group is the last to read, element by element; -1: has its own.
  int reuses = -1;
  int rows = 1;
  int columns = 1;
  int node = -1;      ///< in the plan's graph
  int producer = -1;  ///< group, or -1 for what exists before the run
};

/// A group's anchor: the computation before the elementwise instructions.
enum class Anchor : std::uint8_t {
  none,        ///< elementwise alone
  matmul,      ///< a · b, or aᵀ · b
  transpose,   ///< aᵀ
  column_sum,  ///< sums of a's columns: one row
  row_sum,     ///< sums of a's rows, from panel sums: one column
  total_sum,   ///< sum of everything, from panel sums: a scalar
  rows,        ///< of rows of a, b and c, by the node's operation
  // The operation of the same name; the graph's node has its attributes.
  reshape,
  move,  ///< region, concat and permute
  gather,
  scatter,
  recurrence,           ///< writes its result itself
  recurrence_gradient,  ///< writes its result itself
  batched_matmul,
  random,
  top_k,
  sparse_scatter,
  sparse_gather,
  sparse_matmul,
  sampled_matmul,
  sparse_outer,
  conv2d,          ///< and conv2d_transpose
  conv2d_weights,  ///< writes its result itself
  conv2d_pack,     ///< writes its result itself
  conv2d_restore,
  max_pool,
  max_unpool,
  max_gather,
  resample,
  all_reduce,  ///< of every operand, into the result of the same place; nothing is computed here
  scalar,      ///< scalar instructions only, in double
};

/// The number of anchors.
inline constexpr unsigned anchor_count = static_cast<unsigned>(Anchor::scalar) + 1;

enum class Code : std::uint8_t {
  accumulator,  ///< the anchor's result
  position,     ///< where the anchor found it (max_pool)
  load,         ///< operand `a` at the same row and column
  load_row,     ///< operand `a` is one row, repeated
  load_column,  ///< operand `a` is one column, repeated
  load_scalar,  ///< operand `a` is a scalar
  constant,     ///< `value`
  one_hot,      ///< 1 in column `value`, else 0; the group's `a`-th. One kernel serves all columns
  compute,      ///< `function` of instructions a, b, c
};

/// One step of a group's elementwise program; its result is known by its index.
struct Instruction {
  Code code = Code::constant;
  const Elementwise* function = nullptr;
  std::int16_t a = -1, b = -1, c = -1;
  float value = 0;

  constexpr bool operator==(const Instruction&) const = default;
};

/// The destination of an instruction's result: the value itself, or the sums over each panel's row.
struct Result {
  int instruction = -1;
  int value = -1;
};

/// Nodes that run as one kernel.
struct Group {
  Anchor anchor = Anchor::none;
  bool transpose_a = false;
  bool packs = false;      ///< runs when parameters have changed, not in every run
  bool has_batch = false;  ///< `rows` is per sample
  int rows = 1;
  int columns = 1;
  int a = -1, b = -1;  ///< the anchor's operands (values)
  int c = -1;          ///< a third operand; of conv2d_weights of pooled results: where these were found
  int first_instruction = 0, instructions = 0;
  int first_operand = 0, operands = 0;  ///< values read elementwise
  int first_result = 0, results = 0;
  int node = -1;       ///< the one that names the group
  int canonical = -1;  ///< the first group with the same elementwise program: one kernel serves both
};

/// Computed in double, by itself: scalars, and the sum that gives one.
constexpr bool is_of_scalars(const Group& group) {
  return group.anchor == Anchor::scalar || group.anchor == Anchor::total_sum;
}
/// The sums of all processes.
constexpr bool is_reduction(const Group& group) { return group.anchor == Anchor::all_reduce; }

/// An order that memory needs: all of `before` ends before any of `after` starts.
struct Edge {
  int before = -1, after = -1;
};

/// A plan under construction.
struct PlanBuilder {
  std::vector<Node> nodes;
  std::vector<Value> values;
  std::vector<Group> groups;
  std::vector<Instruction> instructions;
  std::vector<int> operands;
  std::vector<Result> results;
};

/// A view of a plan, without ownership. Groups are in the order of a sequential run.
struct PlanView {
  GraphView graph;
  const Value* values = nullptr;
  int value_count = 0;
  const Group* groups = nullptr;
  int group_count = 0;
  const Instruction* instructions = nullptr;
  int instruction_count = 0;
  const int* operands = nullptr;
  int operand_count = 0;
  const Result* results = nullptr;
  int result_count = 0;
  Precision precision = Precision::fp32;
};

/// Whether a plan needs kernels that few models have, those of images among them: half of a small program's code.
constexpr bool needs_rare_kernels(const PlanView& plan) {
  for (int g = 0; g < plan.group_count; ++g) switch (plan.groups[g].anchor) {
      case Anchor::conv2d:
      case Anchor::conv2d_weights:
      case Anchor::conv2d_pack:
      case Anchor::conv2d_restore:
      case Anchor::max_pool:
      case Anchor::max_unpool:
      case Anchor::max_gather:
      case Anchor::move:
      case Anchor::gather:
      case Anchor::scatter:
      case Anchor::recurrence:
      case Anchor::recurrence_gradient:
      case Anchor::batched_matmul:
      case Anchor::top_k:
      case Anchor::sparse_scatter:
      case Anchor::sparse_gather:
      case Anchor::sparse_matmul:
      case Anchor::sampled_matmul:
      case Anchor::sparse_outer:
      case Anchor::resample: return true;
      default: break;
    }
  return false;
}

/// A product whose right operand no run changes.
constexpr bool has_fixed_weights(const PlanView& plan, const Group& group) {
  if (group.anchor != Anchor::matmul || group.transpose_a || group.packs) return false;
  const Value& b = plan.values[group.b];
  return !b.has_batch && b.rows != 1 && (b.storage == Storage::parameter || b.storage == Storage::packed);
}

constexpr PlanView view(const PlanBuilder& p) {
  return {{p.nodes.data(), static_cast<int>(p.nodes.size())},
          p.values.data(),
          static_cast<int>(p.values.size()),
          p.groups.data(),
          static_cast<int>(p.groups.size()),
          p.instructions.data(),
          static_cast<int>(p.instructions.size()),
          p.operands.data(),
          static_cast<int>(p.operands.size()),
          p.results.data(),
          static_cast<int>(p.results.size())};
}

/// A plan as a constant.
template <int Nodes, int Values, int Groups, int Instructions, int Operands, int Results>
struct StaticPlan {
  Node nodes[Nodes + 1] = {};
  Value values[Values + 1] = {};
  Group groups[Groups + 1] = {};
  Instruction instructions[Instructions + 1] = {};
  int operands[Operands + 1] = {};
  Result results[Results + 1] = {};
  int sizes[6] = {};
  Precision precision = Precision::fp32;

  constexpr explicit StaticPlan(const PlanView& p)
      : sizes{p.graph.size, p.value_count, p.group_count, p.instruction_count, p.operand_count, p.result_count},
        precision(p.precision) {
    for (int i = 0; i < p.graph.size; ++i) nodes[i] = p.graph.nodes[i];
    for (int i = 0; i < p.value_count; ++i) values[i] = p.values[i];
    for (int i = 0; i < p.group_count; ++i) groups[i] = p.groups[i];
    for (int i = 0; i < p.instruction_count; ++i) instructions[i] = p.instructions[i];
    for (int i = 0; i < p.operand_count; ++i) operands[i] = p.operands[i];
    for (int i = 0; i < p.result_count; ++i) results[i] = p.results[i];
  }
  constexpr PlanView view() const {
    return {{nodes, sizes[0]}, values,   sizes[1], groups,  sizes[2], instructions,
            sizes[3],          operands, sizes[4], results, sizes[5], precision};
  }
};

}  // namespace isthmus::plan
