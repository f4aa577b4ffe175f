// Products of each sample's matrices: a tile reads all rows of its samples.
#include "ops/footprints.hpp"

namespace isthmus::ops {

const schedule::Footprint batched_matmul_footprint{
    [](const schedule::TileReads& tile) {
      const schedule::Access b = tile.whole_samples(tile.group.b);
      tile.add(tile.whole_samples(tile.group.a));
      // The columns of a product with a transpose on the right are rows of `b`.
      tile.add(tile.node().transpose_b ? b : tile.same_panels(b));
    },
    [](const schedule::GroupExtent& group) {
      return schedule::cut_evenly(group, schedule::tiles_for(group.flops, schedule::most_product_tiles),
                                  schedule::divide_up(group.rows, schedule::least_tile_rows));
    },
};

}  // namespace isthmus::ops
