// The interface of every anchor for the schedule: the blocks of its operands that a tile reads, and the way its
// groups are cut. The task graph and the race checker are derived from it. The implementations are in src/ops/.
#pragma once

#include <isthmus/schedule/task_graph.hpp>

#include <cstdint>
#include <vector>

namespace isthmus::schedule {

/// A tile of a group, in a run of so many samples, and the list of what it touches.
struct TileReads {
  const plan::PlanView& plan;
  const plan::Group& group;
  const Task& task;
  int samples;
  std::vector<Access>& list;

  const plan::Value& value(int v) const { return plan.values[v]; }
  const Node& node() const { return plan.graph[group.node]; }
  /// All of a value.
  Access whole(int value) const;
  /// The samples of a value to which the tile's rows belong; the whole of a value without samples.
  Access whole_samples(int value) const;
  /// The tile's rows, or its panels, of a value.
  Access same_rows(int value) const;
  Access same_panels(Access access) const;
  void add(const Access& access) const;
};

/// A group to be cut, as large as it gets.
struct GroupExtent {
  const plan::PlanView& plan;
  const plan::Group& group;
  int rows;
  int panels;
  double flops;

  const Node& node() const { return plan.graph[group.node]; }
};

struct Footprint {
  /// Adds what a tile reads of the anchor's operands.
  void (*reads)(const TileReads& tile);
  Cut (*cut)(const GroupExtent& group);
};

/// The footprint of every anchor except all_reduce, whose tasks touch all of its operands and results:
/// src/ops/footprints.cpp.
const Footprint& footprint_of(plan::Anchor anchor);

// Parts from which cuts are made.

/// A task should last some microseconds, so that its overhead is negligible.
inline constexpr double least_task_flops = 400e3;
/// More tiles than this per group add overhead without better balance.
inline constexpr int most_tiles = 16;
inline constexpr int most_product_tiles = 32;
/// A tile's rows of the left operand stay in the second-level cache: 128 rows of 1,000 columns are half of it.
inline constexpr int most_tile_rows = 128;
inline constexpr int least_tile_rows = 32;

constexpr int divide_up(int x, int y) { return (x + y - 1) / y; }
/// The number of tiles, such that each has enough work for a task; at most `most`.
int tiles_for(double flops, int most);
/// Cuts a group into at most most_row_tiles blocks of rows, as few as possible, and these into blocks of panels.
Cut cut_evenly(const GroupExtent& group, int tiles, int most_row_tiles);
/// The cut of an operation that moves values: that costs more than the one addition that it counts as.
Cut cut_copy(const GroupExtent& group);
/// The group as one tile.
Cut cut_whole(const GroupExtent& group);

}  // namespace isthmus::schedule
