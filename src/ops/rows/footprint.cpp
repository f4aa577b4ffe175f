// Operations over rows, the library's and a program's own: a tile reads the same rows, whole. Over samples: the
// same samples. What a kernel can reach are private copies of these, so a footprint cannot be too small.
#include <isthmus/ops/row_operation.hpp>

#include <algorithm>

#include "ops/footprints.hpp"

namespace isthmus::ops {

const schedule::Footprint rows_footprint{
    [](const schedule::TileReads& tile) {
      const bool of_samples = tile.node().row_operation->whole_samples;
      for (const int v : {tile.group.a, tile.group.b, tile.group.c}) {
        if (v < 0) continue;
        const bool serves_all = !tile.value(v).has_batch && tile.value(v).rows == 1;
        if (of_samples) tile.add(tile.whole_samples(v));
        else tile.add(serves_all ? tile.whole(v) : tile.same_rows(v));
      }
    },
    [](const schedule::GroupExtent& group) {
      const int tiles = schedule::tiles_for(group.flops, schedule::most_tiles);
      // Rows that stay together; of single ones a whole panel.
      const int unit = group.node().row_operation->whole_samples ? group.group.rows : 1;
      const int least = unit * schedule::divide_up(plan::panel_width, unit);
      return schedule::Cut{std::min(group.rows, plan::round_up(schedule::divide_up(group.rows, tiles), least)),
                           group.panels};
    },
};

}  // namespace isthmus::ops
