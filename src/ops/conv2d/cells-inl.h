// The part that the kernels of convolutions share: cells (patches of an image) gathered into the left operands of
// products. A block of cells is gathered at a time, small enough for the second-level cache. Once per SIMD target.
#if defined(ISTHMUS_SRC_OPS_CELLS_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef ISTHMUS_SRC_OPS_CELLS_INL_H_
#undef ISTHMUS_SRC_OPS_CELLS_INL_H_
#else
#define ISTHMUS_SRC_OPS_CELLS_INL_H_
#endif

#include <isthmus/plan/convolution.hpp>

#include <algorithm>
#include <cstring>
#include <utility>

#include "ops/matmul/matmul-inl.h"

HWY_BEFORE_NAMESPACE();
namespace isthmus::lower::HWY_NAMESPACE {

using MatmulVector = hn::Vec<MatmulTag>;

/// Floats of a kernel's working memory, on its stack: half of a second-level cache.
inline constexpr int workspace_floats = 128 * 1024;

/// The shape of a convolution's weights, of one that reads `map`'s image and gives its result.
HWY_INLINE Shape weights_of(const ImageMap& map) {
  return shape_of(map.window.height, map.window.width, map.channels, map.result_channels);
}

/// A run of cells of one row of cells.
struct Segment {
  int sample, row, begin, end;
  int first;  ///< its first cell's place in the block
};

/// Some cells of some samples, row by row. Whole rows of cells as long as they fit.
struct Block {
  static constexpr int most_segments = 64;
  Segment segments[most_segments];
  int count = 0, cells = 0;
  bool whole = true;  ///< no row of cells is cut
};

/// Walks over the rows of cells [first, last), `columns` cells each, `rows` of them in a sample.
class CellWalk {
 public:
  CellWalk(int first, int last, int rows, int columns, int most_cells)
      : at_(first), last_(last), rows_(rows), columns_(columns), most_(std::max(1, most_cells)) {}

  bool next(Block& block) {
    block.count = block.cells = 0;
    block.whole = true;
    while (at_ < last_ && block.count < Block::most_segments && block.cells < most_) {
      const int left = columns_ - column_;
      const int room = most_ - block.cells;
      // A row is only cut if it is longer than a whole block.
      if (left > room && block.count > 0) break;
      const int size = std::min(left, room);
      block.segments[block.count++] = {at_ / rows_, at_ % rows_, column_, column_ + size, block.cells};
      block.cells += size;
      block.whole = block.whole && size == columns_;
      column_ += size;
      if (column_ == columns_) column_ = 0, ++at_;
    }
    return block.count > 0;
  }

 private:
  int at_, last_, rows_, columns_, most_;
  int column_ = 0;
};

/// Σ c(i, j) x[j · stride] with coefficients known to the compiler, without those that are zero.
template <class Map, int i, int j, int size, int stride, bool started>
HWY_INLINE MatmulVector combine(const MatmulVector* x, MatmulVector sum) {
  const MatmulTag d;
  if constexpr (j == size) {
    return sum;
  } else {
    constexpr float c = Map::at(i, j);
    const MatmulVector next = x[j * stride];
    if constexpr (c == 0.0f) return combine<Map, i, j + 1, size, stride, started>(x, sum);
    else if constexpr (!started && c == 1.0f) return combine<Map, i, j + 1, size, stride, true>(x, next);
    else if constexpr (!started && c == -1.0f) return combine<Map, i, j + 1, size, stride, true>(x, hn::Neg(next));
    else if constexpr (!started)
      return combine<Map, i, j + 1, size, stride, true>(x, hn::Mul(hn::Set(d, c), next));
    else if constexpr (c == 1.0f) return combine<Map, i, j + 1, size, stride, true>(x, hn::Add(sum, next));
    else if constexpr (c == -1.0f) return combine<Map, i, j + 1, size, stride, true>(x, hn::Sub(sum, next));
    else return combine<Map, i, j + 1, size, stride, true>(x, hn::MulAdd(hn::Set(d, c), next, sum));
  }
}

/// y = M x Mᵀ, M being Map::rows × Map::columns: to columns first, then to rows.
template <class Map, int... column, int... result>
HWY_INLINE void map_both_ways(const MatmulVector* x, MatmulVector* y, std::integer_sequence<int, column...>,
                              std::integer_sequence<int, result...>) {
  const MatmulTag d;
  constexpr int rows = Map::rows, columns = Map::columns;
  MatmulVector half[rows * columns];
  // half[r][c] = Σ M(r, k) x[k][c]
  ((half[column] = combine<Map, column / columns, 0, columns, columns, false>(x + column % columns, hn::Zero(d))),
   ...);
  // y[r][s] = Σ M(s, k) half[r][k]
  ((y[result] = combine<Map, result % rows, 0, columns, 1, false>(half + result / rows * columns, hn::Zero(d))),
   ...);
}
template <class Map>
HWY_INLINE void map_both_ways(const MatmulVector* x, MatmulVector* y) {
  map_both_ways<Map>(x, y, std::make_integer_sequence<int, Map::rows * Map::columns>(),
                     std::make_integer_sequence<int, Map::rows * Map::rows>());
}

/// Patch → left operands.
template <const plan::Bilinear& method>
struct InMap {
  static constexpr int rows = method.products, columns = method.patch;
  static constexpr float at(int i, int j) { return method.in[i][j]; }
};
/// Products → results.
template <const plan::Bilinear& method>
struct OutMap {
  static constexpr int rows = method.block, columns = method.products;
  static constexpr float at(int i, int j) { return method.out[i][j]; }
};
/// Results' gradients → products' gradients.
template <const plan::Bilinear& method>
struct OutTransposed {
  static constexpr int rows = method.products, columns = method.block;
  static constexpr float at(int i, int j) { return method.out[j][i]; }
};

/// The positions that the cells of a block read: patch row of cell row r starts at r · step + start.
struct Patches {
  int height, width;  ///< of the image
  int step, start_y, start_x;
};

HWY_ALIGN inline constexpr float zero_line[plan::panel_width] = {};

/// Gathers the patches of a block's cells and maps them: left operand t of channel panel k goes to
/// out[((t · panels + k) · cells + cell) · 16].
template <class Map>
inline HWY_NOINLINE void gather_mapped(const View& image, const Patches& patches, int first_panel, int panels,
                                       const Block& block, float* HWY_RESTRICT out) {
  const MatmulTag d;
  constexpr int side = Map::columns, products = Map::rows * Map::rows;
  const std::int64_t product_stride = std::int64_t{panels} * block.cells * width;
  for (int s = 0; s < block.count; ++s) {
    const Segment& segment = block.segments[s];
    const std::int64_t sample = std::int64_t{segment.sample} * patches.height * patches.width;
    const int top = segment.row * patches.step + patches.start_y;
    for (int c = segment.begin; c < segment.end; ++c) {
      const int left = c * patches.step + patches.start_x;
      std::int64_t offset[side * side];
      for (int y = 0; y < side; ++y)
        for (int x = 0; x < side; ++x) {
          const bool inside = static_cast<unsigned>(top + y) < static_cast<unsigned>(patches.height) &&
                              static_cast<unsigned>(left + x) < static_cast<unsigned>(patches.width);
          offset[y * side + x] = inside ? (sample + (top + y) * patches.width + left + x) * width : -1;
        }
      for (int k = 0; k < panels; ++k) {
        const float* const from = image.data + (first_panel + k) * image.panel_stride;
        float* const to = out + (std::int64_t{k} * block.cells + segment.first + c - segment.begin) * width;
        for (int lane = 0; lane < width; lane += lanes) {
          MatmulVector patch[side * side], mapped[products];
#pragma GCC unroll 16
          for (int i = 0; i < side * side; ++i)
            patch[i] = hn::LoadU(d, (offset[i] < 0 ? zero_line : from + offset[i]) + lane);
          map_both_ways<Map>(patch, mapped);
#pragma GCC unroll 16
          for (int t = 0; t < products; ++t) hn::StoreU(mapped[t], d, to + t * product_stride + lane);
        }
      }
    }
  }
}

/// The pixel that a tap reads, in one dimension, or -1: for a convolution, or for its transpose.
struct Tap {
  int size, stride, pad;
  bool transposed;
  int operator()(int result, int tap) const {
    if (!transposed) {
      const int at = result * stride + tap - pad;
      return at >= 0 && at < size ? at : -1;
    }
    const int at = result + pad - tap;
    return at >= 0 && at % stride == 0 && at / stride < size ? at / stride : -1;
  }
};

/// The taps of a convolution over an image in both dimensions.
struct Taps {
  Tap y, x;
  int height, width;  ///< of the window
};
HWY_INLINE Taps taps_of(const ImageMap& map, bool transposed) {
  return {{map.height, map.window.stride_y, map.window.pad_y, transposed},
          {map.width, map.window.stride_x, map.window.pad_x, transposed},
          map.window.height,
          map.window.width};
}

/// Copies what each tap of each cell sees, as gather_mapped does: the taps are the products. Cells are single
/// results; `fold` > 1: blocks of fold × fold results, whose rows lie one after the other.
inline HWY_NOINLINE void gather_taps(const View& image, const Taps& taps, int first_panel, int panels,
                                     const Block& block, int fold, float* HWY_RESTRICT out) {
  const MatmulTag d;
  const std::int64_t rows = std::int64_t{block.cells} * fold * fold;
  for (int k = 0; k < panels; ++k) {
    const float* const from = image.data + (first_panel + k) * image.panel_stride;
    for (int t = 0; t < taps.height * taps.width; ++t) {
      float* to = out + (std::int64_t{t} * panels + k) * rows * width;
      for (int s = 0; s < block.count; ++s) {
        const Segment& segment = block.segments[s];
        for (int y = segment.row * fold; y < (segment.row + 1) * fold; ++y) {
          const int row = taps.y(y, t / taps.width);
          const std::int64_t base = (std::int64_t{segment.sample} * taps.y.size + row) * taps.x.size;
          for (int x = segment.begin * fold; x < segment.end * fold; ++x, to += width) {
            const int column = row < 0 ? -1 : taps.x(x, t % taps.width);
            const float* const pixel = column < 0 ? zero_line : from + (base + column) * width;
#pragma GCC unroll 16
            for (int lane = 0; lane < width; lane += lanes) hn::StoreU(hn::LoadU(d, pixel + lane), d, to + lane);
          }
        }
      }
    }
  }
}

/// A sample's row of an image of one channel, `count` values from column `first`.
HWY_INLINE void copy_flat(const View& image, int sample, std::int64_t first, int count, float* out) {
  const float* const row = image.data + sample * image.row_stride;
  while (count > 0) {
    const std::int64_t lane = first % width;
    const int run = std::min(count, static_cast<int>(width - lane));
    std::memcpy(out, row + first / width * image.panel_stride + lane,
                static_cast<std::size_t>(run) * sizeof(float));
    out += run;
    first += run;
    count -= run;
  }
}

/// Rows of an image of one channel in plain memory, zeros around them: rows [top, top + rows), columns [left, …).
HWY_INLINE void copy_framed(const View& image, int height, int image_width, int sample, int top, int rows,
                            int left, int columns, float* out) {
  for (int y = top; y < top + rows; ++y, out += columns) {
    std::memset(out, 0, static_cast<std::size_t>(columns) * sizeof(float));
    if (y < 0 || y >= height) continue;
    const int begin = std::max(0, left), end = std::min(image_width, left + columns);
    if (begin < end)
      copy_flat(image, sample, std::int64_t{y} * image_width + begin, end - begin, out + begin - left);
  }
}

/// Working memory of gather_flat for each cell; what a single window needs more is in the workspace's reserve.
HWY_INLINE int frame_floats(const Window& window) {
  return std::max(8, window.height * std::max(window.stride_x, 1));
}

/// Gathers the cells of an image of one channel, whose products are side by side: row `cell` of `panels` panels,
/// out[(p · rows + cell) · 16]. With subpixel_transposed mapped patches, else taps.
inline HWY_NOINLINE void gather_flat(const View& image, const ImageMap& map, bool transposed, const Block& block,
                                     int fold, int panels, float* HWY_RESTRICT out, float* HWY_RESTRICT frame) {
  const Taps taps = taps_of(map, transposed);
  const std::int64_t rows = std::int64_t{block.cells} * fold * fold;
  const int count = taps.height * taps.width;
  std::memset(out, 0, static_cast<std::size_t>(panels * rows * width) * sizeof(float));
  float* to = out;
  for (int s = 0; s < block.count; ++s) {
    const Segment& segment = block.segments[s];
    if (map.algorithm == Algorithm::subpixel || map.window.upsample == 2) {
      constexpr const plan::Bilinear& method = plan::subpixel_transposed;
      const int columns = (segment.end - segment.begin - 1) * method.step + method.patch;
      copy_framed(image, map.height, map.width, segment.sample, segment.row * method.step - 1, method.patch,
                  segment.begin * method.step - 1, columns, frame);
      for (int c = segment.begin; c < segment.end; ++c, to += width) {
        const float* const at = frame + (c - segment.begin) * method.step;
        float half[3][4];
        for (int x = 0; x < 4; ++x) {
          const float g0 = at[x], g1 = at[columns + x], g2 = at[2 * columns + x], g3 = at[3 * columns + x];
          half[0][x] = g3 - g1;
          half[1][x] = g1 + g2;
          half[2][x] = g0 - g2;
        }
        for (int t = 0; t < 3; ++t) {
          to[3 * t] = half[t][3] - half[t][1];
          to[3 * t + 1] = half[t][1] + half[t][2];
          to[3 * t + 2] = half[t][0] - half[t][2];
        }
      }
      continue;
    }
    for (int y = segment.row * fold; y < (segment.row + 1) * fold; ++y) {
      const int first = segment.begin * fold, last = segment.end * fold;
      // Without a stride the transpose is a convolution with the taps in reverse order.
      if (!transposed || (taps.y.stride == 1 && taps.x.stride == 1)) {
        const int top = transposed ? y + taps.y.pad - (taps.height - 1) : y * taps.y.stride - taps.y.pad;
        const int left = transposed ? first + taps.x.pad - (taps.width - 1) : first * taps.x.stride - taps.x.pad;
        const int columns = (last - first - 1) * taps.x.stride + taps.width;
        copy_framed(image, map.height, map.width, segment.sample, top, taps.height, left, columns, frame);
        for (int x = first; x < last; ++x, to += width) {
          const float* const at = frame + (x - first) * taps.x.stride;
          for (int t = 0; t < count; ++t) {
            const int seen = transposed ? count - 1 - t : t;
            to[(t / width) * rows * width + t % width] = at[seen / taps.width * columns + seen % taps.width];
          }
        }
        continue;
      }
      for (int x = first; x < last; ++x, to += width)
        for (int t = 0; t < count; ++t) {
          const int row = taps.y(y, t / taps.width), column = taps.x(x, t % taps.width);
          if (row < 0 || column < 0) continue;
          copy_flat(image, segment.sample, std::int64_t{row} * map.width + column, 1,
                    to + (t / width) * rows * width + t % width);
        }
    }
  }
}

}  // namespace isthmus::lower::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // include guard per target
