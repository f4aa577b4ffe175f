// a · b, aᵀ · b, and aᵀ.
#include <algorithm>

#include "ops/footprints.hpp"

namespace isthmus::ops {
namespace {

using plan::panel_width;
using schedule::Access;
using schedule::Cut;
using schedule::divide_up;
using schedule::GroupExtent;
using schedule::most_tile_rows;
using schedule::TileReads;

/// A product of so few rows waits for its right operand: a task of it reads at least 100 KB, 1 to 2 µs of a core.
constexpr int few_rows = 2;
constexpr double streamed_flops = 7;

/// A right operand of more values than this, 8 MB, is read from memory again for each block of rows.
constexpr double cached_values = 2e6;

/// The tile's rows are columns of `a`: panels of it.
Access panels_of_rows(const TileReads& tile) {
  Access a = tile.whole(tile.group.a);
  a.panel_begin = tile.task.row_begin / panel_width;
  a.panel_end = divide_up(tile.task.row_end, panel_width);
  return a;
}

/// Products that round their operands: a tile rounds its rows of the left one and its panels of the right one
/// anew, so the squarest tile rounds least.
Cut cut_rounded_product(int rows, int panels, int wanted) {
  Cut best{rows, panels};
  double least = 0;
  for (int row_tiles = divide_up(rows, most_tile_rows); row_tiles <= divide_up(rows, panel_width); ++row_tiles) {
    const int tile_rows = std::min(rows, plan::round_up(divide_up(rows, row_tiles), panel_width));
    const int panel_tiles = std::clamp(divide_up(wanted, divide_up(rows, tile_rows)), 1, divide_up(panels, 2));
    const int tile_panels = std::min(panels, plan::round_up(divide_up(panels, panel_tiles), 2));
    const double rounded_each = 1.0 / tile_rows + 1.0 / (tile_panels * panel_width);
    if (least != 0 && rounded_each >= least) continue;
    least = rounded_each;
    best = {tile_rows, tile_panels};
  }
  return best;
}

}  // namespace

const schedule::Footprint matmul_footprint{
    [](const TileReads& tile) {
      tile.add(tile.group.transpose_a ? panels_of_rows(tile) : tile.same_rows(tile.group.a));
      tile.add(tile.same_panels(tile.whole(tile.group.b)));
    },
    [](const GroupExtent& group) {
      const double work = group.flops * (group.rows <= few_rows ? streamed_flops : 1);
      const int tiles = schedule::tiles_for(work, schedule::most_product_tiles);
      if (group.plan.precision != Precision::fp32) return cut_rounded_product(group.rows, group.panels, tiles);
      // A product reads its left operand's rows again, for each pair of panels: rows are cut first, but into no
      // more blocks than needed where each of them waits for memory.
      const bool is_cached = group.flops <= 2 * cached_values * group.rows;
      return schedule::cut_evenly(group, tiles,
                                  divide_up(group.rows, is_cached ? schedule::least_tile_rows : most_tile_rows));
    },
};

const schedule::Footprint transpose_footprint{
    [](const TileReads& tile) {
      Access a = panels_of_rows(tile);
      a.row_begin = std::int64_t{tile.task.panel_begin} * panel_width;
      a.row_end = std::min(a.row_end, std::int64_t{tile.task.panel_end} * panel_width);
      tile.add(a);
    },
    schedule::cut_copy,
};

}  // namespace isthmus::ops
