#include "ops/by_channel.hpp"
#include "ops/footprints.hpp"

namespace isthmus::ops {

const schedule::Footprint resample_footprint{add_same_channels, schedule::cut_copy};

}  // namespace isthmus::ops
