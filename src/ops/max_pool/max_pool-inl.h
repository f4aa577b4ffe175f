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

HWY_INLINE void max_pool(const AnchorCall& anchor, const Tile& tile) {
  const ImageMap& map = anchor.image;
  const Window& w = map.window;
  const bool flat = map.channels == 1;
  const int count = lanes_of(map);
  for_each_result(anchor, tile, [&](int sample, int pixel, int panel, float* best, float* position) {
    const int y = pixel / map.result_width, x = pixel % map.result_width;
    bool first = true;
    for (int i = 0; i < w.height; ++i)
      for (int j = 0; j < w.width; ++j) {
        const int row = y * w.stride_y + i - w.pad_y, column = x * w.stride_x + j - w.pad_x;
        if (row < 0 || row >= map.height || column < 0 || column >= map.width) continue;
        const float* const from =
            pixel_at(anchor.a, map.height * map.width, flat, sample, row * map.width + column, panel);
        const auto here = static_cast<float>(i * w.width + j);
        for (int c = 0; c < count; ++c) {
          // A NaN is larger than anything.
          const bool larger = first || from[c] > best[c] || from[c] != from[c];
          best[c] = larger ? from[c] : best[c];
          position[c] = larger ? here : position[c];
        }
        first = false;
      }
  });
}

HWY_INLINE void max_unpool(const AnchorCall& anchor, const Tile& tile) {
  const ImageMap& map = anchor.image;
  const Window& w = map.window;
  const bool flat = map.channels == 1;
  const int count = lanes_of(map), pixels = map.height * map.width;
  for_each_result(anchor, tile, [&](int sample, int pixel, int panel, float* sum, float*) {
    const int y = pixel / map.result_width, x = pixel % map.result_width;
    for (int c = 0; c < count; ++c) sum[c] = 0;
    for (int i = (y + w.pad_y) % w.stride_y; i < w.height; i += w.stride_y)
      for (int j = (x + w.pad_x) % w.stride_x; j < w.width; j += w.stride_x) {
        const int row = (y + w.pad_y - i) / w.stride_y, column = (x + w.pad_x - j) / w.stride_x;
        if (y + w.pad_y < i || x + w.pad_x < j || row >= map.height || column >= map.width) continue;
        const int at = row * map.width + column;
        const float* const value = pixel_at(anchor.a, pixels, flat, sample, at, panel);
        const float* const found = pixel_at(anchor.b, pixels, flat, sample, at, panel);
        const auto here = static_cast<float>(i * w.width + j);
        for (int c = 0; c < count; ++c) sum[c] += found[c] == here ? value[c] : 0.0f;
      }
  });
}

HWY_INLINE void max_gather(const AnchorCall& anchor, const Tile& tile) {
  const ImageMap& map = anchor.image;
  const Window& w = map.window;
  const bool flat = map.channels == 1;
  const int count = lanes_of(map);
  for_each_result(anchor, tile, [&](int sample, int pixel, int panel, float* taken, float*) {
    const int y = pixel / map.result_width, x = pixel % map.result_width;
    const float* const found =
        pixel_at(anchor.b, map.result_height * map.result_width, flat, sample, pixel, panel);
    for (int c = 0; c < count; ++c) {
      const int position = static_cast<int>(found[c]);
      const int row = y * w.stride_y + position / w.width - w.pad_y;
      const int column = x * w.stride_x + position % w.width - w.pad_x;
      taken[c] = pixel_at(anchor.a, map.height * map.width, flat, sample, row * map.width + column, panel)[c];
    }
  });
}

}  // namespace isthmus::lower::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // include guard per target
