// Sums of columns, of rows and of everything; those of rows and of everything read sums over panels.
#include "ops/footprints.hpp"

namespace isthmus::ops {

using schedule::TileReads;

const schedule::Footprint column_sum_footprint{
    [](const TileReads& tile) { tile.add(tile.same_panels(tile.whole(tile.group.a))); }, schedule::cut_copy};
const schedule::Footprint row_sum_footprint{[](const TileReads& tile) { tile.add(tile.same_rows(tile.group.a)); },
                                            schedule::cut_copy};
const schedule::Footprint total_sum_footprint{[](const TileReads& tile) { tile.add(tile.whole(tile.group.a)); },
                                              schedule::cut_whole};

}  // namespace isthmus::ops
