// The machine's own limit: fused multiply-adds on registers alone. Once per SIMD target.
#if defined(ISTHMUS_SRC_LOWER_PEAK_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef ISTHMUS_SRC_LOWER_PEAK_INL_H_
#undef ISTHMUS_SRC_LOWER_PEAK_INL_H_
#else
#define ISTHMUS_SRC_LOWER_PEAK_INL_H_
#endif

#include <hwy/highway.h>

#include "lower/measure.hpp"

HWY_BEFORE_NAMESPACE();
namespace isthmus::lower::HWY_NAMESPACE {

/// Operations per second of one core: twelve independent chains, more than any latency needs.
HWY_INLINE double run_fma(double seconds) {
  namespace hn = hwy::HWY_NAMESPACE;
  const hn::ScalableTag<float> d;
  using V = hn::Vec<decltype(d)>;
  constexpr int chains = 12;
  V sum[chains];
#pragma GCC unroll 12
  for (int i = 0; i < chains; ++i) sum[i] = hn::Set(d, static_cast<float>(i) * 1e-3f);
  const V factor = hn::Set(d, 0.999f), term = hn::Set(d, 1e-3f);
  constexpr int rounds = 20000;
  Repetition repetition(seconds, 2.0 * rounds * chains * static_cast<double>(hn::Lanes(d)));
  do {
    for (int round = 0; round < rounds; ++round)
#pragma GCC unroll 12
      for (int i = 0; i < chains; ++i) sum[i] = hn::MulAdd(sum[i], factor, term);
  } while (repetition.goes_on());
  V all = sum[0];
#pragma GCC unroll 12
  for (int i = 1; i < chains; ++i) all = hn::Add(all, sum[i]);
  // The result is used, so that the loop stays.
  return hn::GetLane(all) == 12345.0f ? 0.0 : repetition.best_rate();
}

inline double measure_peak(double seconds) { return run_fma(seconds); }

}  // namespace isthmus::lower::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // include guard per target
