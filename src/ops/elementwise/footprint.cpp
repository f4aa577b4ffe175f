// Groups without an anchor read nothing but what their elementwise programs load.
#include "ops/footprints.hpp"

namespace isthmus::ops {

const schedule::Footprint elementwise_footprint{[](const schedule::TileReads&) {}, schedule::cut_copy};
const schedule::Footprint scalar_footprint{[](const schedule::TileReads&) {}, schedule::cut_whole};

}  // namespace isthmus::ops
