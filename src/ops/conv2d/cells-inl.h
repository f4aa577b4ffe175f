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
#include "ops/matmul/transpose-inl.h"

HWY_BEFORE_NAMESPACE();
namespace isthmus::lower::HWY_NAMESPACE {

using MatmulVector = hn::Vec<MatmulTag>;

/// Floats of a kernel's working memory, on its stack: half of a second-level cache.
inline constexpr int workspace_floats = 128 * 1024;

/// A run of cells of one row of cells.
struct Segment {
  int sample;
  int row;  ///< in the sample: those of the first plane, then those of the next
  int begin, end;
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

/// y = V x Hᵀ, a map being rows × columns: to columns first, then to rows.
template <class Vertical, class Horizontal, int... column, int... result>
HWY_INLINE void map_both_ways(const MatmulVector* x, MatmulVector* y, std::integer_sequence<int, column...>,
                              std::integer_sequence<int, result...>) {
  const MatmulTag d;
  constexpr int across = Horizontal::columns, results = Horizontal::rows;
  MatmulVector half[Vertical::rows * across];
  // half[r][c] = Σ V(r, k) x[k][c]
  ((half[column] =
        combine<Vertical, column / across, 0, Vertical::columns, across, false>(x + column % across, hn::Zero(d))),
   ...);
  // y[r][s] = Σ H(s, k) half[r][k]
  ((y[result] =
        combine<Horizontal, result % results, 0, across, 1, false>(half + result / results * across, hn::Zero(d))),
   ...);
}
template <class Vertical, class Horizontal>
HWY_INLINE void map_both_ways(const MatmulVector* x, MatmulVector* y) {
  map_both_ways<Vertical, Horizontal>(x, y,
                                      std::make_integer_sequence<int, Vertical::rows * Horizontal::columns>(),
                                      std::make_integer_sequence<int, Vertical::rows * Horizontal::rows>());
}

/// Maps planes of so many values along depth, and stores the values, plane after plane.
template <class Inward, int values, int... result>
HWY_INLINE void store_mapped(const MatmulVector* planes, float* HWY_RESTRICT to, std::int64_t stride,
                             std::integer_sequence<int, result...>) {
  const MatmulTag d;
#pragma GCC unroll 16
  for (int t = 0; t < values; ++t)
    (hn::StoreU(combine<Inward, result, 0, Inward::columns, values, false>(planes + t, hn::Zero(d)), d,
                to + (result * values + t) * stride),
     ...);
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

/// Calls visit with plan::maps_of() as types, a map for each dimension: visit(planes, rows, columns).
template <const plan::Bilinear& method>
struct MapOf {
  using In = InMap<method>;
  using Out = OutMap<method>;
  using Transposed = OutTransposed<method>;
  static constexpr const plan::Bilinear& table = method;
};
template <class Visit>
HWY_INLINE void with_maps(const ImageMap& map, bool transposed, Visit visit) {
  using None = MapOf<plan::identity>;
  using Winograd = MapOf<plan::winograd>;
  const bool is_flat = map.window.height() == 1;
  if (map.algorithm == Algorithm::winograd) {
    if (is_flat) visit(None(), None(), Winograd());
    else visit(None(), Winograd(), Winograd());
    return;
  }
  const auto enlarged = [&]<class Three, class Five, class Seven>(Three, Five, Seven) {
    if (map.window.depth() == 3) visit(Three(), Three(), Three());
    else if (!is_flat) visit(None(), Three(), Three());
    else if (map.window.width() == 3) visit(None(), None(), Three());
    else if (map.window.width() == 5) visit(None(), None(), Five());
    else visit(None(), None(), Seven());
  };
  if (transposed)
    enlarged(MapOf<plan::subpixel3_transposed>(), MapOf<plan::subpixel5_transposed>(),
             MapOf<plan::subpixel7_transposed>());
  else enlarged(MapOf<plan::subpixel3>(), MapOf<plan::subpixel5>(), MapOf<plan::subpixel7>());
}

/// The channels of a convolution, or of its transpose, from its operand to its result.
HWY_INLINE plan::GroupedChannels channels_of(const ImageMap& map) {
  return {map.image.channels, map.result.channels, map.window.groups()};
}

/// In one dimension, the pixel that a tap of a convolution reads, or of its transpose.
struct Tap {
  int size;  ///< of the image
  Window::Dimension window;
  bool transposed;
  /// -1: it lies outside of the image, or between the results of a stride.
  HWY_INLINE int operator()(int result, int tap) const {
    if (!transposed) {
      const int at = result * window.stride + tap * window.dilation - window.pad;
      return at >= 0 && at < size ? at : -1;
    }
    const int at = result + window.pad - tap * window.dilation;
    return at >= 0 && at % window.stride == 0 && at / window.stride < size ? at / window.stride : -1;
  }
  /// How far the pixel lies behind the result, or behind `stride` times its number; of a transpose without a
  /// stride.
  HWY_INLINE int shift(int tap) const {
    const int at = tap * window.dilation - window.pad;
    return transposed ? -at : at;
  }
};

/// Where the patches of cells lie in one dimension: that of cell c starts at c · step + start.
struct PatchStart {
  int step, start;
  HWY_INLINE int operator()(int cell) const { return cell * step + start; }
};
/// Winograd's patches start where the first tap of their first result sees; the transpose's taps are in reverse
/// order.
HWY_INLINE PatchStart patch_start(const plan::Bilinear& table, const Window::Dimension& window, bool is_winograd,
                                  bool transposed) {
  if (!is_winograd) return {table.step, -table.before};
  return {table.step, transposed ? window.pad - (window.size - 1) : -window.pad};
}

/// The positions that the cells of a block read.
struct Patches {
  ImageExtent image;
  PatchStart z, y, x;
  Tap planes;     ///< what taps in depth see that have no map
  int cell_rows;  ///< of a plane of cells

  /// The plane of the image that a tap of a plane of cells sees, or plane `i` of its patch; -1: it lies outside.
  template <bool has_map>
  HWY_INLINE int plane(int cell_plane, int tap, int i) const {
    if constexpr (!has_map) return planes(cell_plane, tap);
    const int at = z(cell_plane) + i;
    return at >= 0 && at < image.depth ? at : -1;
  }
};

/// Gathers the patches of a block's cells, for each of the taps in depth that have no map, and maps them: left
/// operand t of tap k and channel panel p goes to out[(((t · taps + k) · panels + p) · cells + cell) · 16].
template <class Inward, class Vertical, class Horizontal>
inline HWY_NOINLINE void gather_mapped(const View& image, const Patches& patches, int taps, int first_panel,
                                       int panels, const Block& block, float* HWY_RESTRICT out) {
  const MatmulTag d;
  constexpr int in = Inward::columns, down = Vertical::columns, across = Horizontal::columns;
  constexpr int side = down * across, plane_products = Vertical::rows * Horizontal::rows;
  const int height = patches.image.height, image_width = patches.image.width;
  const std::int64_t tap_stride = std::int64_t{panels} * block.cells * width, product_stride = taps * tap_stride;
  for (int i = 0; i < taps * block.count; ++i) {
    const int tap = i / block.count;
    const Segment& segment = block.segments[i % block.count];
    const int top = patches.y(segment.row % patches.cell_rows);
    std::int64_t plane_offset[in];
    for (int z = 0; z < in; ++z) {
      const int plane = patches.plane<(in > 1)>(segment.row / patches.cell_rows, tap, z);
      const std::int64_t number = std::int64_t{segment.sample} * patches.image.depth + plane;
      plane_offset[z] = plane < 0 ? -1 : number * height * image_width * width;
    }
    for (int c = segment.begin; c < segment.end; ++c) {
      const int left = patches.x(c);
      std::int64_t offset[side];
      for (int y = 0; y < down; ++y)
        for (int x = 0; x < across; ++x) {
          const bool inside = static_cast<unsigned>(top + y) < static_cast<unsigned>(height) &&
                              static_cast<unsigned>(left + x) < static_cast<unsigned>(image_width);
          offset[y * across + x] = inside ? (std::int64_t{top + y} * image_width + left + x) * width : -1;
        }
      for (int k = 0; k < panels; ++k) {
        const float* const from = image.data + (first_panel + k) * image.panel_stride;
        const std::int64_t cell = segment.first + c - segment.begin;
        float* const to = out + tap * tap_stride + (std::int64_t{k} * block.cells + cell) * width;
        for (int lane = 0; lane < width; lane += lanes) {
          MatmulVector mapped[in * plane_products];
          for (int z = 0; z < in; ++z) {
            MatmulVector patch[side];
#pragma GCC unroll 16
            for (int p = 0; p < side; ++p) {
              const bool is_there = plane_offset[z] >= 0 && offset[p] >= 0;
              patch[p] = hn::LoadU(d, (is_there ? from + plane_offset[z] + offset[p] : zero_line) + lane);
            }
            map_both_ways<Vertical, Horizontal>(patch, mapped + z * plane_products);
          }
          store_mapped<Inward, plane_products>(mapped, to + lane, product_stride,
                                               std::make_integer_sequence<int, Inward::rows>());
        }
      }
    }
  }
}

/// The taps of a convolution over an image in all dimensions.
struct Taps {
  Tap z, y, x;
  int count() const { return z.window.size * y.window.size * x.window.size; }
};
HWY_INLINE Taps taps_of(const Window& window, const ImageExtent& image, bool transposed) {
  return {{image.depth, window.z(), transposed},
          {image.height, window.y(), transposed},
          {image.width, window.x(), transposed}};
}

/// Taps and channels of the left operands of a direct convolution: [first, last) of them, panel after panel of one
/// tap, tap after tap.
struct TapPanels {
  int panels;  ///< of the image's channels
  int first, last;
};

/// What a tap sees from the results [begin, end) of a row, without a stride: pixels beside each other, and zeros
/// where the image ends. `row` is null if all of it lies outside. Gives the end of what it writes.
HWY_INLINE float* copy_run(const float* row, const Tap& taps, int tap, int begin, int end, float* to) {
  const int shift = taps.shift(tap);
  const int first = std::clamp(row == nullptr ? end : -shift, begin, end);
  const int last = std::clamp(taps.size - shift, first, end);
  const auto floats = [](int pixels) { return static_cast<std::size_t>(pixels) * width; };
  std::memset(to, 0, floats(first - begin) * sizeof(float));
  if (last > first)
    std::memcpy(to + floats(first - begin), row + std::int64_t{first + shift} * width,
                floats(last - first) * sizeof(float));
  std::memset(to + floats(last - begin), 0, floats(end - last) * sizeof(float));
  return to + floats(end - begin);
}

/// Copies what taps of each cell see, as gather_mapped does: the taps are the products. Cells are single results,
/// of planes of `plane_rows` rows of cells; `fold` > 1: blocks of fold × fold results, whose rows lie one after
/// the other.
inline HWY_NOINLINE void gather_taps(const View& image, const Taps& taps, int first_panel, const TapPanels& wanted,
                                     const Block& block, int plane_rows, int fold, float* HWY_RESTRICT out) {
  const MatmulTag d;
  const std::int64_t rows = std::int64_t{block.cells} * fold * fold;
  const int across = taps.x.window.size, plane_taps = taps.y.window.size * across;
  for (int i = wanted.first; i < wanted.last; ++i, out += rows * width) {
    const int t = i / wanted.panels, depth_tap = t / plane_taps, row_tap = t % plane_taps / across,
              tap = t % across;
    const float* const from = image.data + (first_panel + i % wanted.panels) * image.panel_stride;
    float* to = out;
    for (int s = 0; s < block.count; ++s) {
      const Segment& segment = block.segments[s];
      const int plane = taps.z(segment.row / plane_rows, depth_tap), cell_row = segment.row % plane_rows;
      for (int y = cell_row * fold; y < (cell_row + 1) * fold; ++y) {
        const int row = plane < 0 ? -1 : taps.y(y, row_tap);
        const std::int64_t base =
            ((std::int64_t{segment.sample} * taps.z.size + plane) * taps.y.size + row) * taps.x.size;
        const int begin = segment.begin * fold, end = segment.end * fold;
        if (taps.x.window.stride == 1) {
          to = copy_run(row < 0 ? nullptr : from + base * width, taps.x, tap, begin, end, to);
          continue;
        }
        for (int x = begin; x < end; ++x, to += width) {
          const int column = row < 0 ? -1 : taps.x(x, tap);
          const float* const pixel = column < 0 ? zero_line : from + (base + column) * width;
#pragma GCC unroll 16
          for (int lane = 0; lane < width; lane += lanes) hn::StoreU(hn::LoadU(d, pixel + lane), d, to + lane);
        }
      }
    }
  }
}

/// Gathers what the taps of each cell see of few channels, tap after tap: row `cell` of `panels` panels,
/// out[(p · rows + cell) · 16]. Cells and `fold` are those of gather_taps.
inline HWY_NOINLINE void gather_dense(const View& image, const Taps& taps, int channels, int panels,
                                      const Block& block, int plane_rows, int fold, float* HWY_RESTRICT out) {
  const MatmulTag d;
  const std::int64_t rows = std::int64_t{block.cells} * fold * fold;
  const int across = taps.x.window.size, lines = taps.z.window.size * taps.y.window.size;
  // Each tap writes a whole panel, of which the next ones overwrite what is not its channels'.
  constexpr int most_values = 1024;
  HWY_ALIGN float row[most_values + width];
  std::memset(row, 0, sizeof(row));
  float* to = out;
  for (int s = 0; s < block.count; ++s) {
    const Segment& segment = block.segments[s];
    const int result_plane = segment.row / plane_rows, cell_row = segment.row % plane_rows;
    for (int y = cell_row * fold; y < (cell_row + 1) * fold; ++y)
      for (int x = segment.begin * fold; x < segment.end * fold; ++x, to += width) {
        float* at = row;
        for (int line = 0; line < lines; ++line) {
          const int plane = taps.z(result_plane, line / taps.y.window.size);
          const int image_row = plane < 0 ? -1 : taps.y(y, line % taps.y.window.size);
          const std::int64_t base =
              ((std::int64_t{segment.sample} * taps.z.size + plane) * taps.y.size + image_row) * taps.x.size;
          for (int tap = 0; tap < across; ++tap, at += channels) {
            const int column = image_row < 0 ? -1 : taps.x(x, tap);
            const float* const pixel = column < 0 ? zero_line : image.data + (base + column) * width;
#pragma GCC unroll 16
            for (int lane = 0; lane < width; lane += lanes) hn::StoreU(hn::LoadU(d, pixel + lane), d, at + lane);
          }
        }
        for (int p = 0; p < panels; ++p)
#pragma GCC unroll 16
          for (int lane = 0; lane < width; lane += lanes)
            hn::StoreU(hn::Load(d, row + p * width + lane), d, to + p * rows * width + lane);
      }
  }
}

/// A sample's row of a flat image, `count` values from column `first`.
HWY_INLINE void copy_flat(const View& image, int sample, std::int64_t first, int count, float* out) {
  const MatmulTag d;
  const float* const row = image.data + sample * image.row_stride;
  while (count > 0) {
    const std::int64_t lane = first % width;
    const int run = std::min(count, static_cast<int>(width - lane));
    const float* const from = row + first / width * image.panel_stride + lane;
    // A call of memcpy would take longer than so few values.
    if (run == width)
#pragma GCC unroll 16
      for (int i = 0; i < width; i += lanes) hn::StoreU(hn::LoadU(d, from + i), d, out + i);
    else
      for (int i = 0; i < run; ++i) out[i] = from[i];
    out += run;
    first += run;
    count -= run;
  }
}

/// A row of a flat image in plain memory, zeros around it: columns [left, left + columns) of a row, which lies
/// outside of the image if it is negative. `row` counts the rows of all planes.
HWY_INLINE void copy_framed(const View& image, int image_width, int sample, int row, int left, int columns,
                            float* out) {
  const int begin = std::clamp(row < 0 ? columns : -left, 0, columns);
  const int end = std::clamp(image_width - left, begin, columns);
  for (int i = 0; i < begin; ++i) out[i] = 0;
  copy_flat(image, sample, std::int64_t{row} * image_width + left + begin, end - begin, out + begin);
  for (int i = end; i < columns; ++i) out[i] = 0;
}

/// Working memory for the rows of a flat image, for each cell; what a single window needs more is in
/// `frame_reserve`.
HWY_INLINE int frame_floats(const Window& window) {
  return std::max(8, window.depth() * window.height() * window.x().stride);
}
HWY_INLINE int frame_reserve(const Window& window) {
  return window.depth() * window.height() * window.x().reach() + 1024;
}

/// Four rows of a flat image → the nine left operands of subpixel3_transposed, for each cell of a segment.
HWY_INLINE void map_flat_patches(const View& image, const ImageExtent& extent, const Segment& segment, float* to,
                                 float* HWY_RESTRICT frame) {
  constexpr const plan::Bilinear& method = plan::subpixel3_transposed;
  const int columns = (segment.end - segment.begin - 1) * method.step + method.patch;
  for (int y = 0; y < method.patch; ++y) {
    const int row = segment.row * method.step - 1 + y;
    copy_framed(image, extent.width, segment.sample, row < extent.height ? row : -1,
                segment.begin * method.step - 1, columns, frame + y * columns);
  }
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
}

/// Gathers the cells of a flat image whose taps see no frames (framed-inl.h), products side by side: row `cell` of
/// `panels` panels, out[(p · rows + cell) · 16]. With subpixel3_transposed mapped patches, else taps.
inline HWY_NOINLINE void gather_flat(const View& image, const ImageExtent& extent, const ImageMap& map,
                                     bool transposed, const Block& block, int plane_rows, int panels,
                                     float* HWY_RESTRICT out, float* HWY_RESTRICT frame) {
  const Taps taps = taps_of(map.window, extent, transposed);
  const std::int64_t rows = block.cells;
  const int across = taps.x.window.size;
  std::memset(out, 0, static_cast<std::size_t>(panels * rows * width) * sizeof(float));
  float* to = out;
  for (int s = 0; s < block.count; ++s) {
    const Segment& segment = block.segments[s];
    if (map.algorithm == Algorithm::subpixel || map.window.upsample() == 2) {
      map_flat_patches(image, extent, segment, to, frame);
      to += (segment.end - segment.begin) * width;
      continue;
    }
    const int result_plane = segment.row / plane_rows, result_row = segment.row % plane_rows;
    for (int x = segment.begin; x < segment.end; ++x, to += width)
      for (int t = 0; t < taps.count(); ++t) {
        const int line = t / across, column = taps.x(x, t % across);
        const int plane = taps.z(result_plane, line / taps.y.window.size);
        const int row = taps.y(result_row, line % taps.y.window.size);
        if (plane < 0 || row < 0 || column < 0) continue;
        copy_flat(image, segment.sample, (std::int64_t{plane} * extent.height + row) * extent.width + column, 1,
                  to + (t / width) * rows * width + t % width);
      }
  }
}

}  // namespace isthmus::lower::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // include guard per target
