// The gradient of 2 × 2 results, of which a pool took the largest, gathered from the pool's gradient and from
// where it found its values. What max_unpool would write is never in memory. Once per SIMD target.
#if defined(ISTHMUS_SRC_OPS_UNPOOL_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef ISTHMUS_SRC_OPS_UNPOOL_INL_H_
#undef ISTHMUS_SRC_OPS_UNPOOL_INL_H_
#else
#define ISTHMUS_SRC_OPS_UNPOOL_INL_H_
#endif

#include "ops/conv2d/cells-inl.h"

HWY_BEFORE_NAMESPACE();
namespace isthmus::lower::HWY_NAMESPACE {

struct Unpooled {
  const View& gradient;
  const View& positions;
  int rows, columns;  ///< of the pooled image

  /// The offset of sixteen channels of a pooled pixel.
  HWY_INLINE std::int64_t place(int sample, int row, int column, int panel) const {
    return panel * gradient.panel_stride + ((std::int64_t{sample} * rows + row) * columns + column) * width;
  }
};

/// A cell's patch is what one value was pooled from: products as gather_mapped gives them.
template <class Map>
inline HWY_NOINLINE void gather_unpooled(const Unpooled& from, int first_panel, int panels, const Block& block,
                                         float* HWY_RESTRICT out) {
  const MatmulTag d;
  static_assert(Map::columns == 2);
  constexpr int products = Map::rows * Map::rows;
  const std::int64_t product_stride = std::int64_t{panels} * block.cells * width;
  for (int s = 0; s < block.count; ++s) {
    const Segment& segment = block.segments[s];
    for (int c = segment.begin; c < segment.end; ++c)
      for (int k = 0; k < panels; ++k) {
        const std::int64_t place = from.place(segment.sample, segment.row, c, first_panel + k);
        float* const to = out + (std::int64_t{k} * block.cells + segment.first + c - segment.begin) * width;
        for (int lane = 0; lane < width; lane += lanes) {
          const auto gradient = hn::LoadU(d, from.gradient.data + place + lane);
          const auto position = hn::LoadU(d, from.positions.data + place + lane);
          MatmulVector patch[4], mapped[products];
#pragma GCC unroll 4
          for (int i = 0; i < 4; ++i)
            patch[i] = hn::IfThenElseZero(hn::Eq(position, hn::Set(d, static_cast<float>(i))), gradient);
          map_both_ways<Map, Map>(patch, mapped);
#pragma GCC unroll 16
          for (int t = 0; t < products; ++t) hn::StoreU(mapped[t], d, to + t * product_stride + lane);
        }
      }
  }
}

/// Cells are pixels of what was pooled: their gradient goes to out[(k · cells + cell) · 16].
inline HWY_NOINLINE void gather_unpooled(const Unpooled& from, int first_panel, int panels, const Block& block,
                                         float* HWY_RESTRICT out) {
  const MatmulTag d;
  for (int k = 0; k < panels; ++k)
    for (int s = 0; s < block.count; ++s) {
      const Segment& segment = block.segments[s];
      float* to = out + (std::int64_t{k} * block.cells + segment.first) * width;
      for (int c = segment.begin; c < segment.end; ++c, to += width) {
        const std::int64_t place = from.place(segment.sample, segment.row / 2, c / 2, first_panel + k);
        const auto here = hn::Set(d, static_cast<float>(segment.row % 2 * 2 + c % 2));
#pragma GCC unroll 16
        for (int lane = 0; lane < width; lane += lanes) {
          const auto gradient = hn::LoadU(d, from.gradient.data + place + lane);
          const auto position = hn::LoadU(d, from.positions.data + place + lane);
          hn::StoreU(hn::IfThenElseZero(hn::Eq(position, here), gradient), d, to + lane);
        }
      }
    }
}

}  // namespace isthmus::lower::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // include guard per target
