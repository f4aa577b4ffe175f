#include "ops/by_channel.hpp"
#include "ops/footprints.hpp"

namespace isthmus::ops {

const schedule::Footprint max_pool_footprint{add_same_channels, schedule::cut_copy};
const schedule::Footprint max_unpool_footprint{add_same_channels, schedule::cut_copy};
const schedule::Footprint max_gather_footprint{add_same_channels, schedule::cut_copy};

}  // namespace isthmus::ops
