// The largest value of each window, and what is put or taken where it was found. Once per SIMD target.
#if defined(ISTHMUS_SRC_OPS_MAX_POOL_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef ISTHMUS_SRC_OPS_MAX_POOL_INL_H_
#undef ISTHMUS_SRC_OPS_MAX_POOL_INL_H_
#else
#define ISTHMUS_SRC_OPS_MAX_POOL_INL_H_
#endif

#include <isthmus/lower/program.hpp>

#include <algorithm>
#include <limits>

#include "ops/images-inl.h"

HWY_BEFORE_NAMESPACE();
namespace isthmus::lower::HWY_NAMESPACE {

/// Calls `see(pixel, tap)` for each pixel that a window sees at this place, in the order of the taps.
template <class See>
HWY_INLINE void for_each_seen(const Window& window, const ImageExtent& image, PixelPlace at, See see) {
  const Window::Dimension z = window.z(), y = window.y(), x = window.x();
  for (int k = 0; k < z.size; ++k) {
    const int plane = at.z * z.stride + k * z.dilation - z.pad;
    if (plane < 0 || plane >= image.depth) continue;
    for (int i = 0; i < y.size; ++i) {
      const int row = at.y * y.stride + i * y.dilation - y.pad;
      if (row < 0 || row >= image.height) continue;
      for (int j = 0; j < x.size; ++j) {
        const int column = at.x * x.stride + j * x.dilation - x.pad;
        if (column < 0 || column >= image.width) continue;
        see((plane * image.height + row) * image.width + column, (k * y.size + i) * x.size + j);
      }
    }
  }
}

/// In one dimension, the taps that see a place: every `step` from `first` on, and the results that they are of.
struct SeeingTaps {
  int first, step;
  Window::Dimension window;
  int place, results;

  SeeingTaps(const Window::Dimension& w, int results_of_pool, int at)
      : first(w.dilation == 1 ? (at + w.pad) % w.stride : 0),
        step(w.dilation == 1 ? w.stride : 1),
        window(w),
        place(at),
        results(results_of_pool) {}
  /// -1: there is none.
  HWY_INLINE int result(int tap) const {
    const int from = place + window.pad - tap * window.dilation;
    return from >= 0 && from % window.stride == 0 && from / window.stride < results ? from / window.stride : -1;
  }
};

HWY_INLINE void max_pool(const AnchorCall& anchor, const Tile& tile) {
  const ImageMap& map = anchor.image;
  const int pixels = map.image.pixels();
  // A NaN is larger than anything.
  if (map.image.is_one_row) {
    for_each_result(anchor, tile, [&](int sample, int pixel, int, float* best, float* position) {
      bool first = true;
      for_each_seen(map.window, map.image, place_of(map.result, pixel), [&](int seen, int tap) {
        const float value = *pixel_at(anchor.a, pixels, true, sample, seen, 0);
        if (!first && !(value > *best) && value == value) return;
        *best = value;
        *position = static_cast<float>(tap);
        first = false;
      });
    });
    return;
  }
  const MatmulTag d;
  for_each_result(anchor, tile, [&](int sample, int pixel, int panel, float* best, float* position) HWY_ATTR {
    bool first = true;
    for_each_seen(map.window, map.image, place_of(map.result, pixel), [&](int seen, int tap) HWY_ATTR {
      const float* const from = pixel_at(anchor.a, pixels, false, sample, seen, panel);
      const auto here = hn::Set(d, static_cast<float>(tap));
      for (int lane = 0; lane < width; lane += lanes) {
        const auto value = hn::LoadU(d, from + lane), known = hn::Load(d, best + lane);
        const auto larger = hn::Or(hn::Gt(value, known), hn::IsNaN(value));
        hn::Store(first ? value : hn::IfThenElse(larger, value, known), d, best + lane);
        hn::Store(first ? here : hn::IfThenElse(larger, here, hn::Load(d, position + lane)), d, position + lane);
      }
      first = false;
    });
  });
}

HWY_INLINE void max_unpool(const AnchorCall& anchor, const Tile& tile) {
  const MatmulTag d;
  const ImageMap& map = anchor.image;
  const bool flat = map.image.is_one_row;
  const int count = lanes_of(map), pixels = map.image.pixels();
  const Window::Dimension z = map.window.z(), y = map.window.y(), x = map.window.x();
  for_each_result(anchor, tile, [&](int sample, int pixel, int panel, float* sum, float*) HWY_ATTR {
    const PixelPlace at = place_of(map.result, pixel);
    std::fill_n(sum, count, 0.0f);
    const SeeingTaps of_z(z, map.image.depth, at.z), of_y(y, map.image.height, at.y),
        of_x(x, map.image.width, at.x);
    for (int k = of_z.first; k < z.size; k += of_z.step) {
      const int plane = of_z.result(k);
      for (int i = of_y.first; plane >= 0 && i < y.size; i += of_y.step) {
        const int row = of_y.result(i);
        for (int j = of_x.first; row >= 0 && j < x.size; j += of_x.step) {
          const int column = of_x.result(j);
          if (column < 0) continue;
          const int from = (plane * map.image.height + row) * map.image.width + column;
          const float* const value = pixel_at(anchor.a, pixels, flat, sample, from, panel);
          const float* const found = pixel_at(anchor.b, pixels, flat, sample, from, panel);
          const auto here = static_cast<float>((k * y.size + i) * x.size + j);
          if (flat) {
            *sum += *found == here ? *value : 0.0f;
            continue;
          }
          for (int lane = 0; lane < width; lane += lanes) {
            const auto is_here = hn::Eq(hn::LoadU(d, found + lane), hn::Set(d, here));
            const auto gradient = hn::IfThenElseZero(is_here, hn::LoadU(d, value + lane));
            hn::Store(hn::Add(hn::Load(d, sum + lane), gradient), d, sum + lane);
          }
        }
      }
    }
  });
}

HWY_INLINE void max_gather(const AnchorCall& anchor, const Tile& tile) {
  const ImageMap& map = anchor.image;
  const bool flat = map.image.is_one_row;
  const int count = lanes_of(map);
  const Window::Dimension z = map.window.z(), y = map.window.y(), x = map.window.x();
  for_each_result(anchor, tile, [&](int sample, int pixel, int panel, float* taken, float*) {
    const PixelPlace at = place_of(map.result, pixel);
    const float* const found = pixel_at(anchor.b, map.result.pixels(), flat, sample, pixel, panel);
    for (int c = 0; c < count; ++c) {
      const int tap = static_cast<int>(found[c]);
      const int plane = at.z * z.stride + tap / (y.size * x.size) * z.dilation - z.pad;
      const int row = at.y * y.stride + tap / x.size % y.size * y.dilation - y.pad;
      const int column = at.x * x.stride + tap % x.size * x.dilation - x.pad;
      const int from = (plane * map.image.height + row) * map.image.width + column;
      taken[c] = pixel_at(anchor.a, map.image.pixels(), flat, sample, from, panel)[c];
    }
  });
}

}  // namespace isthmus::lower::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // include guard per target
