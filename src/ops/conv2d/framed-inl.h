// Products with what a window sees of an image of one channel. In a row of pixels with zeros around it each tap
// sees what the one before it sees, some places further on: nothing is gathered. Once per SIMD target.
#if defined(ISTHMUS_SRC_OPS_FRAMED_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef ISTHMUS_SRC_OPS_FRAMED_INL_H_
#undef ISTHMUS_SRC_OPS_FRAMED_INL_H_
#else
#define ISTHMUS_SRC_OPS_FRAMED_INL_H_
#endif

#include "ops/conv2d/cells-inl.h"

HWY_BEFORE_NAMESPACE();
namespace isthmus::lower::HWY_NAMESPACE {

/// The rows of pixels that a window sees from a run of results of one row, in plain memory: line l, tap t of it
/// and result r see data[l · columns + t · tap_step + r · step].
struct Frame {
  const float* data;
  int lines, columns;
  int across;  ///< taps in a line
  int tap_step, step;

  HWY_INLINE const float* seen_by(int tap) const {
    return data + std::int64_t{tap / across} * columns + tap % across * tap_step;
  }
};

/// Without a stride the transpose sees places that are one apart as well, its taps in reverse order.
HWY_INLINE bool has_frames(const ImageMap& map, bool transposed) {
  return map.window.upsample() == 1 && (!transposed || map.window.x().stride == 1);
}

/// What the window sees from the results [first, last) of a row, of so many rows of results in a plane: its rows
/// are copied to `memory`, with zeros where the image ends.
HWY_INLINE Frame frame_row(const View& image, const ImageExtent& extent, const Taps& taps, int sample, int plane,
                           int row, int first, int last, float* HWY_RESTRICT memory) {
  const Window::Dimension& x = taps.x.window;
  const bool transposed = taps.x.transposed;
  const int step = transposed ? 1 : x.stride, reach = x.reach();
  const int left = transposed ? first + x.pad - (reach - 1) : first * step - x.pad;
  const int lines = taps.z.window.size * taps.y.window.size, columns = (last - first - 1) * step + reach;
  for (int line = 0; line < lines; ++line) {
    const int from_plane = taps.z(plane, line / taps.y.window.size);
    const int from_row = from_plane < 0 ? -1 : taps.y(row, line % taps.y.window.size);
    copy_framed(image, extent.width, sample, from_row < 0 ? -1 : from_plane * extent.height + from_row, left,
                columns, memory + std::int64_t{line} * columns);
  }
  if (!transposed) return {memory, lines, columns, x.size, x.dilation, step};
  return {memory + reach - 1, lines, columns, x.size, -x.dilation, step};
}

/// The product of what the taps see, a row for each result, with the weights of all taps.
struct FramedCall {
  Frame frame;
  const float* b;
  std::int64_t b_panel_stride;
  float* out;
  std::int64_t out_panel_stride;

  HWY_INLINE void skip_rows(int rows) {
    frame.data += std::int64_t{rows} * frame.step;
    out += std::int64_t{rows} * width;
  }
};

template <int rows, int vectors, bool transposed, bool accumulate>
HWY_NOINLINE void micro_call(const FramedCall& call, int first) {
  static_assert(!transposed);
  const MatmulTag d;
  const Frame& frame = call.frame;
  const float* b[vectors];
  float* out[vectors];
  find_columns(call, first, b, out);
  MatmulVector sum[rows][vectors];
  start_sums<accumulate>(out, sum);
  for (int line = 0; line < frame.lines; ++line) {
    const float* seen = frame.data + std::int64_t{line} * frame.columns;
    for (int t = 0; t < frame.across; ++t, seen += frame.tap_step) {
      MatmulVector column[vectors];
#pragma GCC unroll 16
      for (int v = 0; v < vectors; ++v) {
        column[v] = hn::LoadU(d, b[v]);
        b[v] += width;
      }
      add_products(seen, frame.step, column, sum);
    }
  }
  store_sums(sum, out);
}

/// Adds to the rows of `out`, one for each of some taps, what these see of `results` results times the rows of
/// `b`, a panel of sixteen columns.
template <int taps>
HWY_NOINLINE void add_seen(const Frame& frame, int first_tap, int results, const float* HWY_RESTRICT b,
                           float* out) {
  const MatmulTag d;
  const float* seen[taps];
  for (int t = 0; t < taps; ++t) seen[t] = frame.seen_by(first_tap + t);
  for (int lane = 0; lane < width; lane += lanes) {
    MatmulVector sum[taps];
#pragma GCC unroll 16
    for (int t = 0; t < taps; ++t) sum[t] = hn::LoadU(d, out + t * width + lane);
    for (int r = 0; r < results; ++r) {
      const auto row = hn::LoadU(d, b + std::int64_t{r} * width + lane);
#pragma GCC unroll 16
      for (int t = 0; t < taps; ++t) sum[t] = hn::MulAdd(hn::Set(d, seen[t][r * frame.step]), row, sum[t]);
    }
#pragma GCC unroll 16
    for (int t = 0; t < taps; ++t) hn::StoreU(sum[t], d, out + t * width + lane);
  }
}
/// The same for taps [first, last): row t - first of `out`.
HWY_INLINE void add_all_seen(const Frame& frame, int first, int last, int results, const float* b, float* out) {
  // As many as there are registers for, with addresses of their own.
  constexpr int most = many_registers ? 9 : 6;
  int t = first;
  for (; t + most <= last; t += most) add_seen<most>(frame, t, results, b, out + std::int64_t{t - first} * width);
  for (; t + 3 <= last; t += 3) add_seen<3>(frame, t, results, b, out + std::int64_t{t - first} * width);
  for (; t < last; ++t) add_seen<1>(frame, t, results, b, out + std::int64_t{t - first} * width);
}

}  // namespace isthmus::lower::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // include guard per target
