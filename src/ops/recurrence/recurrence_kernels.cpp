// The kernels of recurrences for every SIMD target; image_kernels.cpp has them in its tables.
#include <isthmus/lower/targets.hpp>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ops/recurrence/recurrence_kernels.cpp"
#include <hwy/foreach_target.h>

#include "ops/recurrence/recurrence-inl.h"

HWY_BEFORE_NAMESPACE();
namespace isthmus::lower::HWY_NAMESPACE {

void recurrence_anchor(const AnchorCall& anchor, const Tile& tile) { recurrence(anchor, tile); }
void recurrence_gradient_anchor(const AnchorCall& anchor, const Tile& tile) { recurrence_gradient(anchor, tile); }

}  // namespace isthmus::lower::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
