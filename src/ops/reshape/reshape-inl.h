// Reshape: copies elements to rows of another length. Once per SIMD target.
#if defined(ISTHMUS_SRC_OPS_RESHAPE_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef ISTHMUS_SRC_OPS_RESHAPE_INL_H_
#undef ISTHMUS_SRC_OPS_RESHAPE_INL_H_
#else
#define ISTHMUS_SRC_OPS_RESHAPE_INL_H_
#endif

#include <isthmus/lower/program.hpp>

#include <algorithm>

#include "ops/matmul/matmul-inl.h"

HWY_BEFORE_NAMESPACE();
namespace isthmus::lower::HWY_NAMESPACE {

/// A sample as a matrix in memory, and the place of its element `index` in row-major order.
struct SampleMatrix {
  const View& view;
  int rows, columns;
  HWY_INLINE const float* at(int sample, int index) const {
    const std::int64_t row = std::int64_t{sample} * rows + index / columns;
    const int column = index % columns;
    return view.data + row * view.row_stride + column / width * view.panel_stride + column % width;
  }
};

/// Here `height` × `width` is a sample of the operand as a matrix, not an image.
HWY_INLINE void reshape(const AnchorCall& anchor, const Tile& tile) {
  const ImageMap& map = anchor.image;
  const SampleMatrix from{anchor.a, map.image.height, map.image.width};
  HWY_ALIGN float piece[width * width];
  FusedCall fused = anchor.call;
  fused.accumulator = piece;
  fused.accumulator_panel_stride = width * width;
  for (int p = tile.panel_begin; p < tile.panel_end; ++p) {
    const int valid = std::min(width, map.result.width - p * width);
    for (int first = tile.row_begin; first < tile.row_end; first += width) {
      const int last = std::min(first + width, tile.row_end);
      for (int row = first; row < last; ++row) {
        float* const to = piece + (row - first) * width;
        const int sample = row / map.result.height;
        const int index = row % map.result.height * map.result.width + p * width;
        if (valid == width && map.image.width % width == 0 && index % width == 0) {
          const float* const run = from.at(sample, index);
          for (int c = 0; c < width; ++c) to[c] = run[c];
          continue;
        }
        for (int c = 0; c < width; ++c) to[c] = c < valid ? *from.at(sample, index + c) : 0.0f;
      }
      anchor.fused(fused, {first, last, p, p + 1});
    }
  }
}

}  // namespace isthmus::lower::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // include guard per target
