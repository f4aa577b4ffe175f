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
HWY_INLINE void for_each_seen(const Window& window, const ImageExtent& image, const Pixel& at, See see) {
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

/// In one dimension, calls `visit(result, tap)` for each result of a pool that sees a place, in the order of the
/// taps.
template <class Visit>
HWY_INLINE void for_each_seeing(const Window::Dimension& window, int results, int place, Visit visit) {
  const int at = place + window.pad, stride = window.stride;
  if (window.dilation == 1) {
    // Most pools take a half, for which there is no need to divide.
    int tap = stride == 1 ? 0 : stride == 2 ? at & 1 : at % stride;
    int result = stride == 1 ? at : stride == 2 ? at >> 1 : at / stride;
    for (; tap < window.size && result >= 0; tap += stride, --result)
      if (result < results) visit(result, tap);
    return;
  }
  for (int tap = 0; tap < window.size; ++tap) {
    const int from = at - tap * window.dilation;
    if (from >= 0 && from % stride == 0 && from / stride < results) visit(from / stride, tap);
  }
}
/// The same in all dimensions: calls `visit(pixel of the pool, tap)`.
template <class Visit>
HWY_INLINE void for_each_seeing(const Window& window, const ImageExtent& pool, const Pixel& at, Visit visit) {
  const Window::Dimension z = window.z(), y = window.y(), x = window.x();
  for_each_seeing(z, pool.depth, at.z, [&](int plane, int k) HWY_ATTR {
    for_each_seeing(y, pool.height, at.y, [&](int row, int i) HWY_ATTR {
      for_each_seeing(x, pool.width, at.x, [&](int column, int j) HWY_ATTR {
        visit((plane * pool.height + row) * pool.width + column, (k * y.size + i) * x.size + j);
      });
    });
  });
}

HWY_INLINE void max_pool(const AnchorCall& anchor, const Tile& tile) {
  const ImageMap& map = anchor.image;
  const int pixels = map.image.pixels();
  // A NaN is larger than anything.
  if (map.image.is_one_row) {
    for_each_result(anchor, tile, [&](const Pixel& at, int, float* best, float* position) {
      bool first = true;
      for_each_seen(map.window, map.image, at, [&](int seen, int tap) {
        const float value = *pixel_at(anchor.a, pixels, true, at.sample, seen, 0);
        if (!first && !(value > *best) && value == value) return;
        *best = value;
        *position = static_cast<float>(tap);
        first = false;
      });
    });
    return;
  }
  const MatmulTag d;
  for_each_result(anchor, tile, [&](const Pixel& at, int panel, float* largest, float* position) HWY_ATTR {
    for (int lane = 0; lane < width; lane += lanes) {
      auto best = hn::Zero(d), found = hn::Zero(d);
      bool first = true;
      for_each_seen(map.window, map.image, at, [&](int seen, int tap) HWY_ATTR {
        const auto value = hn::LoadU(d, pixel_at(anchor.a, pixels, false, at.sample, seen, panel) + lane);
        const auto here = hn::Set(d, static_cast<float>(tap));
        const auto larger = hn::Or(hn::Gt(value, best), hn::IsNaN(value));
        best = first ? value : hn::IfThenElse(larger, value, best);
        found = first ? here : hn::IfThenElse(larger, here, found);
        first = false;
      });
      hn::Store(best, d, largest + lane);
      hn::Store(found, d, position + lane);
    }
  });
}

HWY_INLINE void max_unpool(const AnchorCall& anchor, const Tile& tile) {
  const MatmulTag d;
  // The image is the pool, the result what was pooled.
  const ImageMap& map = anchor.image;
  const int pixels = map.image.pixels();
  if (map.image.is_one_row) {
    for_each_result(anchor, tile, [&](const Pixel& at, int, float* sum, float*) {
      *sum = 0;
      for_each_seeing(map.window, map.image, at, [&](int from, int tap) {
        const bool is_here = *pixel_at(anchor.b, pixels, true, at.sample, from, 0) == static_cast<float>(tap);
        *sum += is_here ? *pixel_at(anchor.a, pixels, true, at.sample, from, 0) : 0.0f;
      });
    });
    return;
  }
  for_each_result(anchor, tile, [&](const Pixel& at, int panel, float* out, float*) HWY_ATTR {
    for (int lane = 0; lane < width; lane += lanes) {
      auto sum = hn::Zero(d);
      for_each_seeing(map.window, map.image, at, [&](int from, int tap) HWY_ATTR {
        const auto found = hn::LoadU(d, pixel_at(anchor.b, pixels, false, at.sample, from, panel) + lane);
        const auto gradient = hn::LoadU(d, pixel_at(anchor.a, pixels, false, at.sample, from, panel) + lane);
        sum = hn::Add(sum, hn::IfThenElseZero(hn::Eq(found, hn::Set(d, static_cast<float>(tap))), gradient));
      });
      hn::Store(sum, d, out + lane);
    }
  });
}

HWY_INLINE void max_gather(const AnchorCall& anchor, const Tile& tile) {
  const ImageMap& map = anchor.image;
  const bool flat = map.image.is_one_row;
  const int count = lanes_of(map);
  const Window::Dimension z = map.window.z(), y = map.window.y(), x = map.window.x();
  for_each_result(anchor, tile, [&](const Pixel& at, int panel, float* taken, float*) {
    const float* const found = pixel_at(anchor.b, map.result.pixels(), flat, at.sample, at.number, panel);
    for (int c = 0; c < count; ++c) {
      const int tap = static_cast<int>(found[c]);
      const int plane = at.z * z.stride + tap / (y.size * x.size) * z.dilation - z.pad;
      const int row = at.y * y.stride + tap / x.size % y.size * y.dilation - y.pad;
      const int column = at.x * x.stride + tap % x.size * x.dilation - x.pad;
      const int from = (plane * map.image.height + row) * map.image.width + column;
      taken[c] = pixel_at(anchor.a, map.image.pixels(), flat, at.sample, from, panel)[c];
    }
  });
}

}  // namespace isthmus::lower::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // include guard per target
