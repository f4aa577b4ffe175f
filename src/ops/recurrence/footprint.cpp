// Recurrences: a tile has whole samples, so that no step waits for another task, and reads the same samples.
#include <algorithm>

#include "ops/footprints.hpp"

namespace isthmus::ops {
namespace {

/// Fewer samples would leave a product's registers empty, and read the weights as often.
constexpr int least_samples = 16;

}  // namespace

const schedule::Footprint recurrence_footprint{
    [](const schedule::TileReads& tile) {
      for (const int v : {tile.group.a, tile.group.b, tile.group.c})
        if (v >= 0) tile.add(tile.whole_samples(v));
    },
    [](const schedule::GroupExtent& group) {
      const int samples = group.rows / group.group.rows;
      const int tiles = schedule::tiles_for(group.flops, schedule::most_tiles);
      const int of_tile = plan::round_up(schedule::divide_up(samples, tiles), least_samples);
      return schedule::Cut{std::min(group.rows, of_tile * group.group.rows), group.panels};
    },
};

}  // namespace isthmus::ops
