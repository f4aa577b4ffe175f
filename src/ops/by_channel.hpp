// Operations on images that treat each channel by itself.
#pragma once

#include "schedule/footprint.hpp"

namespace isthmus::ops {

/// Adds the blocks that such a tile reads: whole samples, and only its own channels of them, where a row is a
/// pixel's channels. A flat image, of one channel, lies as a row of pixels instead.
inline void add_same_channels(const schedule::TileReads& tile) {
  const bool rows_are_pixels = !tile.node().shape.is_flat();
  for (const int v : {tile.group.a, tile.group.b})
    if (v >= 0) tile.add(rows_are_pixels ? tile.same_panels(tile.whole_samples(v)) : tile.whole_samples(v));
}

}  // namespace isthmus::ops
