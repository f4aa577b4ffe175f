// Operations over rows, the library's and a program's own: a tile reads the same rows, whole.
#include <algorithm>

#include "ops/footprints.hpp"

namespace isthmus::ops {

const schedule::Footprint rows_footprint{
    [](const schedule::TileReads& tile) {
      for (const int v : {tile.group.a, tile.group.b, tile.group.c}) {
        if (v < 0) continue;
        const bool serves_all = !tile.value(v).has_batch && tile.value(v).rows == 1;
        tile.add(serves_all ? tile.whole(v) : tile.same_rows(v));
      }
    },
    [](const schedule::GroupExtent& group) {
      const int tiles = schedule::tiles_for(group.flops, schedule::most_tiles);
      const int rows = plan::round_up(schedule::divide_up(group.rows, tiles), plan::panel_width);
      return schedule::Cut{std::min(group.rows, rows), group.panels};
    }};

}  // namespace isthmus::ops
