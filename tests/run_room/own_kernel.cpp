// The kernel of a program's own operation, compiled for every SIMD target.
#include <isthmus/lower/targets.hpp>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "run_room/own_kernel.cpp"
#include <hwy/foreach_target.h>

#include "run_room/own_kernel.hpp"

#include <cmath>

#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace own::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

/// x / √(mean of x² + ε).
void normalize(const isthmus::RowCall& call) {
  const hn::ScalableTag<float> d;
  const auto n = static_cast<std::size_t>(call.columns[0]), lanes = hn::Lanes(d);
  const std::size_t whole = n - n % lanes;
  const float* const x = call.operands[0];
  auto sums = hn::Zero(d);
  for (std::size_t i = 0; i < whole; i += lanes) sums = hn::MulAdd(hn::LoadU(d, x + i), hn::LoadU(d, x + i), sums);
  float squares = hn::GetLane(hn::SumOfLanes(d, sums));
  for (std::size_t i = whole; i < n; ++i) squares += x[i] * x[i];
  const float scale = 1.0f / std::sqrt(squares / static_cast<float>(n) + 1e-5f);
  for (std::size_t i = 0; i < whole; i += lanes)
    hn::StoreU(hn::Mul(hn::Set(d, scale), hn::LoadU(d, x + i)), d, call.result + i);
  for (std::size_t i = whole; i < n; ++i) call.result[i] = scale * x[i];
}

const char* target() { return hwy::TargetName(HWY_TARGET); }

}  // namespace own::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace own {

HWY_EXPORT(normalize);
HWY_EXPORT(target);

void normalize(const isthmus::RowCall& call) noexcept { HWY_DYNAMIC_DISPATCH(normalize)(call); }
const char* target() { return HWY_DYNAMIC_DISPATCH(target)(); }

}  // namespace own
#endif
