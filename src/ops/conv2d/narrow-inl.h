// Convolutions that give one channel. As products with sixteen columns they would leave fifteen empty; instead
// each pixel is multiplied with all taps at once, and a result is the sum of what its neighbours hold for it. The
// result lies as one row a sample. Once per SIMD target.
#if defined(ISTHMUS_SRC_OPS_NARROW_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef ISTHMUS_SRC_OPS_NARROW_INL_H_
#undef ISTHMUS_SRC_OPS_NARROW_INL_H_
#else
#define ISTHMUS_SRC_OPS_NARROW_INL_H_
#endif

#include "ops/conv2d/cells-inl.h"

HWY_BEFORE_NAMESPACE();
namespace isthmus::lower::HWY_NAMESPACE {

/// In one dimension, the pixels that a result sums, and the columns of their products.
struct NarrowSources {
  static constexpr int most = 900;  ///< taps of the largest window that a declaration may have
  int count = 0;
  int pixel[most];
  int column[most];
};

HWY_INLINE NarrowSources narrow_sources(const Tap& tap, int taps, int upsample, int result) {
  NarrowSources list;
  const auto add = [&](int pixel, int column) {
    if (pixel < 0 || pixel >= tap.size) return;
    list.pixel[list.count] = pixel;
    list.column[list.count++] = column;
  };
  if (upsample == 2) {
    // Phase 0: w0 x[i-1] + (w1 + w2) x[i]; phase 1: (w0 + w1) x[i] + w2 x[i+1].
    const int phase = result % 2, at = result / 2;
    add(at - 1 + phase, 2 * phase);
    add(at + phase, 2 * phase + 1);
    return list;
  }
  for (int k = 0; k < taps; ++k) add(tap(result, k), k);
  return list;
}

HWY_NOINLINE void conv2d_narrow(const AnchorCall& anchor, const Tile& tile, float* workspace) {
  const ImageMap& map = anchor.image;
  const bool transposed = map.op == Op::conv2d_transpose;
  const Taps taps = taps_of(map, transposed);
  const plan::Method method = plan::method_of(map.op, map.algorithm, map.window);
  const int panels = plan::panels_of(method.products);
  const int columns_each = map.window.upsample == 2 ? 4 : map.window.width;
  const int size = map.result_height * map.result_width;
  const bool flat = map.channels == 1;
  FusedCall fused = anchor.call;
  fused.accumulator_panel_stride = width;

  // Computes as many rows of results at a time as there is room for, with the products of their pixels.
  const auto rows_seen = [&](int begin, int end, int& first, int& last) {
    first = map.height;
    last = 0;
    for (int y = begin; y < end; ++y) {
      const NarrowSources list = narrow_sources(taps.y, taps.height, map.window.upsample, y);
      for (int i = 0; i < list.count; ++i) {
        first = std::min(first, list.pixel[i]);
        last = std::max(last, list.pixel[i] + 1);
      }
    }
    if (last < first) first = last = 0;
  };
  const std::int64_t row_floats = std::int64_t{map.width} * (panels + (flat ? 1 : 0)) * width;
  const auto room = [&](int begin, int end) {
    int first = 0, last = 0;
    rows_seen(begin, end, first, last);
    return (last - first) * row_floats + std::int64_t{end - begin} * map.result_width + 2 * width <=
           workspace_floats;
  };
  const int y_begin = tile.panel_begin * width / map.result_width;
  const int y_end =
      std::min(map.result_height, (tile.panel_end * width + map.result_width - 1) / map.result_width);
  for (int sample = tile.row_begin; sample < tile.row_end; ++sample) {
    // Results of a row that do not fill a panel wait for the next rows.
    float* const line = workspace;
    int handed = tile.panel_begin;
    for (int y = y_begin; y < y_end;) {
      int end = y + 1;
      while (end < y_end && room(y, end + 1)) ++end;
      int first = 0, last = 0;
      rows_seen(y, end, first, last);
      const int rows = (last - first) * map.width;
      float* const products = line + plan::round_up((end - y) * map.result_width + 2 * width, width);
      if (rows > 0) {
        MicroCall call;
        const std::int64_t first_row = (std::int64_t{sample} * map.height + first) * map.width;
        if (flat) {
          float* const column = products + std::int64_t{rows} * panels * width;
          std::memset(column, 0, static_cast<std::size_t>(rows) * width * sizeof(float));
          for (int r = 0; r < rows; ++r)
            copy_flat(anchor.a, sample, std::int64_t{first} * map.width + r, 1, column + std::int64_t{r} * width);
          call.a = column;
        } else {
          call.a = anchor.a.data + first_row * width;
        }
        call.a_panel_stride = anchor.a.panel_stride;
        call.b = anchor.b.data;
        call.b_panel_stride = anchor.b.panel_stride;
        call.inner = map.channels;
        call.out = products;
        call.out_panel_stride = std::int64_t{rows} * width;
        multiply(call, rows, panels);
      }
      for (int r = y; r < end; ++r) {
        const NarrowSources up = narrow_sources(taps.y, taps.height, map.window.upsample, r);
        for (int c = 0; c < map.result_width; ++c) {
          const int at = r * map.result_width + c - handed * width;
          if (at < 0 || r * map.result_width + c >= tile.panel_end * width) continue;
          const NarrowSources side = narrow_sources(taps.x, taps.width, map.window.upsample, c);
          float sum = 0;
          for (int i = 0; i < up.count; ++i)
            for (int j = 0; j < side.count; ++j) {
              const int column = up.column[i] * columns_each + side.column[j];
              const std::int64_t row = std::int64_t{up.pixel[i] - first} * map.width + side.pixel[j];
              sum += products[(std::int64_t{column / width} * rows + row) * width + column % width];
            }
          line[at] = sum;
        }
      }
      const int done = std::min(end * map.result_width, tile.panel_end * width);
      const int whole = done == std::min(size, tile.panel_end * width) ? tile.panel_end : done / width;
      if (whole > handed) {
        if (whole == tile.panel_end && done < whole * width)
          std::memset(line + done - handed * width, 0,
                      static_cast<std::size_t>(whole * width - done) * sizeof(float));
        fused.accumulator = line;
        anchor.fused(fused, {sample, sample + 1, handed, whole});
        if (done > whole * width)
          std::memmove(line, line + (whole - handed) * width,
                       static_cast<std::size_t>(done - whole * width) * sizeof(float));
        handed = whole;
      }
      y = end;
    }
  }
}

}  // namespace isthmus::lower::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // include guard per target
