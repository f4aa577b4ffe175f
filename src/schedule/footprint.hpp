// What the schedule asks of every anchor: what of its operands a tile reads, and how its groups are cut. The task graph
// and the race checker are derived from it. The anchors' own answers are in src/ops/.
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
  /// Those samples of a value that the tile has rows of; all of one without samples.
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

/// Of every anchor but all_reduce, whose tasks touch all of its operands and results: src/ops/footprints.cpp.
const Footprint& footprint_of(plan::Anchor anchor);

// What cuts are made of.

/// A task should last some microseconds, so that its administration does not show.
inline constexpr double least_task_flops = 400e3;
/// More tiles than this per group bring no balance, only administration.
inline constexpr int most_tiles = 16;
inline constexpr int most_product_tiles = 32;
/// A tile's rows of the left operand stay in the second-level cache: 128 rows of 1,000 columns are half of it.
inline constexpr int most_tile_rows = 128;
inline constexpr int least_tile_rows = 32;

constexpr int divide_up(int x, int y) { return (x + y - 1) / y; }
/// So many that each has work for a task.
int tiles_for(double flops, int most);
/// Into blocks of rows, as few as may be and at most so many, and these into blocks of panels.
Cut cut_evenly(const GroupExtent& group, int tiles, int most_row_tiles);
/// Of what moves a value, which costs more than the addition that it counts for.
Cut cut_copy(const GroupExtent& group);
/// Not at all.
Cut cut_whole(const GroupExtent& group);

}  // namespace isthmus::schedule
