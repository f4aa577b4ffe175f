// Sparse rows: a tile reads the same rows of them, and may read any row of a matrix that they name. A gradient of
// weights is over all samples.
#include <algorithm>

#include "ops/footprints.hpp"

namespace isthmus::ops {
namespace {

using schedule::Access;
using schedule::Cut;
using schedule::divide_up;
using schedule::GroupExtent;
using schedule::TileReads;

/// A task that follows columns from place to place takes longer than its operations say.
constexpr double scattered_flops = 8;

int tiles_of(const GroupExtent& group) {
  return schedule::tiles_for(group.flops * scattered_flops, schedule::most_product_tiles);
}

/// Rows, whole.
Cut cut_rows(const GroupExtent& group) {
  return {std::min(group.rows, plan::round_up(divide_up(group.rows, tiles_of(group)), plan::panel_width)),
          group.panels};
}

/// Samples' rows alone, or one row for all of them.
void add_rows(const TileReads& tile) {
  tile.add(tile.value(tile.group.a).has_batch ? tile.same_rows(tile.group.a) : tile.whole(tile.group.a));
  if (tile.group.b >= 0) tile.add(tile.same_rows(tile.group.b));
}

/// Whether a gradient is transposed: its columns are those that sparse rows name.
bool is_transposed(const TileReads& tile) { return tile.group.transpose_a; }

/// The columns of the dense operand that a tile of a gradient reads.
Access outer_columns(const TileReads& tile) {
  Access dense = tile.whole(tile.group.b);
  if (!is_transposed(tile)) return tile.same_panels(dense);
  dense.panel_begin = tile.task.row_begin / plan::panel_width;
  dense.panel_end = divide_up(tile.task.row_end, plan::panel_width);
  return dense;
}

}  // namespace

const schedule::Footprint top_k_footprint{add_rows, cut_rows};
const schedule::Footprint sparse_scatter_footprint{add_rows, cut_rows};
const schedule::Footprint sparse_gather_footprint{add_rows, cut_rows};

const schedule::Footprint sparse_matmul_footprint{
    [](const TileReads& tile) {
      tile.add(tile.same_rows(tile.group.a));
      tile.add(tile.same_panels(tile.whole(tile.group.b)));
      tile.add(tile.same_rows(tile.group.c));
    },
    [](const GroupExtent& group) {
      // Few panels at a time, for all samples: their rows stay in a cache until the next sample names them.
      const int tiles = tiles_of(group);
      return schedule::cut_evenly(group, tiles, divide_up(tiles, group.panels));
    },
};

const schedule::Footprint sampled_matmul_footprint{
    [](const TileReads& tile) {
      tile.add(tile.same_rows(tile.group.a));
      tile.add(tile.whole(tile.group.b));
      tile.add(tile.same_rows(tile.group.c));
    },
    cut_rows,
};

const schedule::Footprint sparse_outer_footprint{
    [](const TileReads& tile) {
      tile.add(tile.whole(tile.group.a));
      tile.add(outer_columns(tile));
      tile.add(tile.whole(tile.group.c));
    },
    [](const GroupExtent& group) {
      if (!group.group.transpose_a) return cut_rows(group);
      return Cut{group.rows, divide_up(group.panels, std::min(tiles_of(group), group.panels))};
    },
};

}  // namespace isthmus::ops
