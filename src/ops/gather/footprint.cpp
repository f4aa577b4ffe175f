#include "ops/footprints.hpp"

namespace isthmus::ops {

const schedule::Footprint gather_footprint{
    [](const schedule::TileReads& tile) {
      tile.add(tile.whole_samples(tile.group.a));
      if (tile.group.b >= 0) tile.add(tile.same_panels(tile.whole(tile.group.b)));
    },
    schedule::cut_copy,
};

const schedule::Footprint scatter_footprint{
    [](const schedule::TileReads& tile) {
      tile.add(tile.whole(tile.group.a));
      tile.add(tile.same_panels(tile.whole(tile.group.b)));
    },
    schedule::cut_copy,
};

}  // namespace isthmus::ops
