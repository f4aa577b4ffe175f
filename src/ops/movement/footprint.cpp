#include "ops/footprints.hpp"

namespace isthmus::ops {

const schedule::Footprint move_footprint{
    [](const schedule::TileReads& tile) {
      for (const int v : {tile.group.a, tile.group.b, tile.group.c})
        if (v >= 0) tile.add(tile.whole_samples(v));
    },
    schedule::cut_copy,
};

}  // namespace isthmus::ops
