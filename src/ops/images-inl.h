// Pooling and resampling of series, images and volumes. A result's rows are pixels, sixteen channels a panel; a
// flat image, of one channel, is one row. Once per SIMD target.
#if defined(ISTHMUS_SRC_OPS_IMAGES_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef ISTHMUS_SRC_OPS_IMAGES_INL_H_
#undef ISTHMUS_SRC_OPS_IMAGES_INL_H_
#else
#define ISTHMUS_SRC_OPS_IMAGES_INL_H_
#endif

#include <isthmus/lower/program.hpp>

#include <algorithm>
#include <limits>

#include "ops/conv2d/cells-inl.h"

HWY_BEFORE_NAMESPACE();
namespace isthmus::lower::HWY_NAMESPACE {

/// The address of pixel `pixel` of a sample: its channel, if there is one, else sixteen of them.
HWY_INLINE float* pixel_at(const View& view, int pixels, bool flat, int sample, int pixel, int panel) {
  if (flat) return view.data + sample * view.row_stride + pixel / width * view.panel_stride + pixel % width;
  return view.data + (std::int64_t{sample} * pixels + pixel) * view.row_stride + panel * view.panel_stride;
}

/// A pixel of a sample, by its number and in each dimension. It goes from one to the next without a division.
struct Pixel {
  int sample, number;
  int z, y, x;

  HWY_INLINE void advance(const ImageExtent& image) {
    ++number;
    if (++x < image.width) return;
    x = 0;
    if (++y < image.height) return;
    y = 0;
    if (++z < image.depth) return;
    z = number = 0;
    ++sample;
  }
};
HWY_INLINE Pixel pixel_of(const ImageExtent& image, int sample, int number) {
  const int row = number / image.width;
  return {sample, number, row / image.height, row % image.height, number % image.width};
}

/// Calls `compute(pixel, panel, piece, positions)` for each result of the tile and hands pieces over. It fills 16
/// floats of each, or 1 of an image of one channel.
template <class Compute>
HWY_INLINE void for_each_result(const AnchorCall& anchor, const Tile& tile, Compute compute) {
  const ImageMap& map = anchor.image;
  const int pixels = map.result.pixels();
  HWY_ALIGN float piece[width * width];
  HWY_ALIGN float positions[width * width];
  FusedCall fused = anchor.call;
  fused.accumulator = piece;
  fused.positions = positions;
  fused.accumulator_panel_stride = width * width;
  if (map.result.is_one_row) {
    for (int sample = tile.row_begin; sample < tile.row_end; ++sample)
      for (int p = tile.panel_begin; p < tile.panel_end; ++p) {
        Pixel pixel = pixel_of(map.result, sample, p * width);
        for (int lane = 0; lane < width; ++lane) {
          piece[lane] = positions[lane] = 0;
          if (p * width + lane >= pixels) continue;
          compute(pixel, 0, piece + lane, positions + lane);
          pixel.advance(map.result);
        }
        anchor.fused(fused, {sample, sample + 1, p, p + 1});
      }
    return;
  }
  for (int p = tile.panel_begin; p < tile.panel_end; ++p) {
    Pixel pixel = pixel_of(map.result, tile.row_begin / pixels, tile.row_begin % pixels);
    for (int first = tile.row_begin; first < tile.row_end; first += width) {
      const int last = std::min(first + width, tile.row_end);
      for (int row = first; row < last; ++row, pixel.advance(map.result))
        compute(pixel, p, piece + (row - first) * width, positions + (row - first) * width);
      anchor.fused(fused, {first, last, p, p + 1});
    }
  }
}

/// The images' lanes: sixteen, or the one of a flat image.
HWY_INLINE int lanes_of(const ImageMap& map) { return map.result.is_one_row ? 1 : width; }

}  // namespace isthmus::lower::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // include guard per target
