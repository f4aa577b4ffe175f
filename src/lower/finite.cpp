// The search for NaN and infinity for every SIMD target.
#include <isthmus/lower/targets.hpp>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "lower/finite.cpp"
#include <hwy/foreach_target.h>

#include <isthmus/lower/finite.hpp>

#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace isthmus::lower::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

/// Without its sign a float is a whole number that grows with it, and those of what is not finite are the largest.
bool all_finite(const float* values, std::int64_t count) {
  const hn::ScalableTag<float> d;
  const hn::RebindToSigned<decltype(d)> bits;
  using Bits = hn::Vec<decltype(bits)>;
  const Bits magnitude = hn::Set(bits, 0x7fffffff);
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  // Two chains, so that a maximum does not wait for the one before.
  Bits most = hn::Zero(bits), others = most;
  std::int64_t i = 0;
  for (; i + 2 * lanes <= count; i += 2 * lanes) {
    most = hn::Max(most, hn::And(magnitude, hn::BitCast(bits, hn::LoadU(d, values + i))));
    others = hn::Max(others, hn::And(magnitude, hn::BitCast(bits, hn::LoadU(d, values + i + lanes))));
  }
  bool finite = hn::AllTrue(bits, hn::Lt(hn::Max(most, others), hn::Set(bits, 0x7f800000)));
  for (; i < count; ++i) finite = finite && values[i] - values[i] == 0.0f;
  return finite;
}

}  // namespace isthmus::lower::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace isthmus::lower {

HWY_EXPORT(all_finite);

bool all_finite(const float* values, std::int64_t count) noexcept {
  return HWY_DYNAMIC_DISPATCH(all_finite)(values, count);
}

}  // namespace isthmus::lower
#endif
