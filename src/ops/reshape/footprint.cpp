#include "ops/footprints.hpp"

namespace isthmus::ops {

const schedule::Footprint reshape_footprint{
    [](const schedule::TileReads& tile) { tile.add(tile.whole_samples(tile.group.a)); }, schedule::cut_copy};

}  // namespace isthmus::ops
