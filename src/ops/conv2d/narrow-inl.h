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
#include "ops/matmul/transpose-inl.h"

HWY_BEFORE_NAMESPACE();
namespace isthmus::lower::HWY_NAMESPACE {

/// In one dimension, the pixels that a result sums, and the columns of their products.
struct NarrowDimension {
  Tap tap;
  int upsample;

  int count() const { return upsample == 2 ? 2 : tap.window.size; }
  /// The columns that this dimension takes.
  int columns() const { return upsample == 2 ? 4 : tap.window.size; }
  /// Pixel number `k` of a result, or -1 if it lies outside.
  HWY_INLINE int pixel(int result, int k) const {
    if (upsample != 2) return tap(result, k);
    // Phase 0: w0 x[i-1] + (w1 + w2) x[i]; phase 1: (w0 + w1) x[i] + w2 x[i+1].
    const int at = result / 2 - 1 + result % 2 + k;
    return at >= 0 && at < tap.size ? at : -1;
  }
  HWY_INLINE int column(int result, int k) const { return upsample == 2 ? 2 * (result % 2) + k : k; }
  /// Without a stride and upsampling: how far pixel number `k` of a result lies behind the result.
  int shift(int k) const { return tap.shift(k); }

  /// The pixels that the results [begin, end) see lie in [first, last).
  struct Span {
    int first, last;
    int size() const { return last - first; }
  };
  Span seen_by(int begin, int end) const {
    Span span{tap.size, 0};
    for (int r = begin; r < end; ++r)
      for (int k = 0; k < count(); ++k) {
        const int at = pixel(r, k);
        if (at < 0) continue;
        span.first = std::min(span.first, at);
        span.last = std::max(span.last, at + 1);
      }
    if (span.last < span.first) span = {0, 0};
    return span;
  }
};

/// One call of a convolution with one result channel on one tile.
class NarrowTile {
 public:
  NarrowTile(const AnchorCall& anchor, const Tile& tile, float* workspace)
      : anchor_(anchor), map_(anchor.image), tile_(tile), line_(workspace) {
    const Taps taps = taps_of(map_.window, map_.image, map_.op == Op::conv2d_transpose);
    z_ = {taps.z, 1};
    y_ = {taps.y, map_.window.upsample()};
    x_ = {taps.x, map_.window.upsample()};
    whole_row_ = x_.seen_by(0, map_.result.width);
    panels_ = plan::panels_of(z_.columns() * y_.columns() * x_.columns());
    // The products of what a panel of results sees, with as many taps as there is room for, twice.
    const int across = std::min(map_.image.width, taps.x.window.reach() + (width - 1) * taps.x.window.stride);
    const int pixels = plan::round_up(z_.count() * y_.count() * across, width);
    panels_at_once_ = std::clamp((workspace_floats - 32 * width) / (2 * pixels * width), 1, panels_);
  }

  void run() {
    const ImageExtent& result = map_.result;
    const int end = std::min(tile_.panel_end * width, result.pixels());
    const int row_begin = tile_.panel_begin * width / result.width,
              row_end = (end + result.width - 1) / result.width;
    for (sample_ = tile_.row_begin; sample_ < tile_.row_end; ++sample_) {
      handed_ = tile_.panel_begin;
      // As many rows of a plane at a time as there is room for with the products of their pixels, or a part of
      // one.
      for (int row = row_begin; row < row_end;) {
        Part part{row / result.height, row % result.height, row % result.height + 1, 0, result.width};
        while (part.y_end < result.height && row + (part.y_end - part.y_begin) < row_end &&
               fits(part.with_one_row_more()))
          ++part.y_end;
        int step = result.width;
        while (step > 1 && !fits_in_steps(part, step)) step -= step / 2;
        for (; part.x_begin < result.width; part.x_begin += step) {
          part.x_end = std::min(part.x_begin + step, result.width);
          compute(part);
        }
        row += part.y_end - part.y_begin;
      }
    }
  }

 private:
  /// Rows of small images are shorter than the widest vectors.
  using QuarterTag = hn::CappedTag<float, 4>;

  /// Results of some rows of a plane.
  struct Part {
    int z, y_begin, y_end, x_begin, x_end;

    Part with_one_row_more() const { return {z, y_begin, y_end + 1, x_begin, x_end}; }
    int results() const { return (y_end - y_begin) * (x_end - x_begin); }
  };
  using Span = NarrowDimension::Span;

  static int line_floats(const Part& part) { return plan::round_up(part.results() + 2 * width, width); }
  bool fits(const Part& part) const {
    const std::int64_t pixels =
        std::int64_t{z_.count()} * y_.seen_by(part.y_begin, part.y_end).size() * columns_seen(part).size();
    return 2 * (pixels + width) * panels_at_once_ * width + line_floats(part) <= workspace_floats;
  }
  bool fits_in_steps(Part part, int step) const {
    for (; part.x_begin < map_.result.width; part.x_begin += step) {
      part.x_end = std::min(part.x_begin + step, map_.result.width);
      if (!fits(part)) return false;
    }
    return true;
  }
  Span columns_seen(const Part& part) const {
    const bool is_whole = part.x_begin == 0 && part.x_end == map_.result.width;
    return is_whole ? whole_row_ : x_.seen_by(part.x_begin, part.x_end);
  }

  /// Some panels of the products of the pixels that a part sees: a row for each tap, a column for each pixel.
  struct Products {
    float* data;
    Span rows, columns;
    int planes, first_panel, panels;

    int plane_pixels() const { return rows.size() * columns.size(); }
    std::int64_t pixels() const { return std::int64_t{planes} * plane_pixels(); }
    std::int64_t stride() const { return (pixels() + width - 1) / width * width; }
    /// The first pixel of a row of the image, in a plane that is the window's tap `k`.
    std::int64_t row(int k, int image_row) const {
      return std::int64_t{k} * plane_pixels() + std::int64_t{image_row - rows.first} * columns.size() -
             columns.first;
    }
    const float* of_tap(int column) const { return data + (column - first_panel * width) * stride(); }
    bool has(int column) const { return column >= first_panel * width && column < (first_panel + panels) * width; }
  };

  /// Results that do not fill a panel wait in the line for the next ones.
  void compute(const Part& part) {
    const ImageExtent& result = map_.result;
    const Span rows = y_.seen_by(part.y_begin, part.y_end), columns = columns_seen(part);
    const int first = handed_ * width, last = std::min(tile_.panel_end * width, result.pixels());
    int done = first;
    for (int panel = 0; panel < panels_; panel += panels_at_once_) {
      const Products products{
          line_ + line_floats(part), rows, columns, z_.count(), panel, std::min(panels_at_once_, panels_ - panel)};
      multiply_pixels(part.z, products);
      for (int y = part.y_begin; y < part.y_end; ++y) {
        const int row = (part.z * result.height + y) * result.width;
        const int begin = std::max(row + part.x_begin, first), end = std::min(row + part.x_end, last);
        if (begin >= end) continue;
        if (panel == 0) std::fill_n(line_ + begin - first, end - begin, 0.0f);
        add_row(part.z, y, begin - row, end - row, products, line_ + begin - first);
        done = end;
      }
    }
    hand_over(done, last);
  }

  /// Multiplies the pixels that a part sees with taps, a plane after the other, and turns rows of taps into rows
  /// of pixels.
  void multiply_pixels(int z, const Products& products) const {
    const ImageExtent& image = map_.image;
    const Span &rows = products.rows, &columns = products.columns;
    const int plane_pixels = products.plane_pixels();
    const std::int64_t pixels = products.pixels(), stride = products.stride();
    if (plane_pixels == 0) return;
    // Rows that are seen whole lie behind each other.
    const bool is_whole = columns.size() == image.width;
    const int runs = is_whole ? 1 : rows.size(), run = is_whole ? plane_pixels : columns.size();
    float* const by_pixel = products.data + products.panels * width * stride;
    MicroCall call;
    call.b = anchor_.b.data + products.first_panel * anchor_.b.panel_stride;
    call.b_panel_stride = anchor_.b.panel_stride;
    call.inner = image.channels;
    call.out_panel_stride = pixels * width;
    for (int k = 0; k < z_.count(); ++k) {
      const int plane = z_.pixel(z, k);
      if (plane < 0) continue;
      for (int i = 0; i < runs; ++i) {
        const std::int64_t at =
            (std::int64_t{plane} * image.height + rows.first + i) * image.width + columns.first;
        if (image.is_one_row) {
          float* const column = products.data;
          std::memset(column, 0, static_cast<std::size_t>(run) * width * sizeof(float));
          for (int r = 0; r < run; ++r) copy_flat(anchor_.a, sample_, at + r, 1, column + std::int64_t{r} * width);
          call.a = column;
        } else {
          call.a = anchor_.a.data + (std::int64_t{sample_} * image.pixels() + at) * width;
        }
        call.a_panel_stride = anchor_.a.panel_stride;
        call.out = by_pixel + (std::int64_t{k} * plane_pixels + std::int64_t{i} * run) * width;
        multiply(call, run, products.panels);
      }
    }
    for (int p = 0; p < products.panels; ++p)
      for (std::int64_t first = 0; first < pixels; first += width)
        transpose_block(by_pixel + (p * pixels + first) * width, products.data + p * width * stride + first,
                        stride);
  }

  /// Adds what the pixels of a row hold for the results [begin, end) of a row: the planes, rows and taps that each
  /// result sees in ascending order.
  HWY_INLINE void add_row(int z, int y, int begin, int end, const Products& products, float* sums) const {
    for (int k = 0; k < z_.count(); ++k) {
      if (z_.pixel(z, k) < 0) continue;
      for (int i = 0; i < y_.count(); ++i) {
        const int row = y_.pixel(y, i);
        if (row < 0) continue;
        const int column = (z_.column(z, k) * y_.columns() + y_.column(y, i)) * x_.columns();
        add_taps(begin, end, column, products.row(k, row), products, sums);
      }
    }
  }

  /// The same for one row of pixels, whose columns of taps start with `column`.
  HWY_INLINE void add_taps(int begin, int end, int column, std::int64_t pixels, const Products& products,
                           float* sums) const {
    if (x_.upsample == 2) return add_phases(begin, end, column, pixels, products, sums);
    if (x_.tap.window.stride != 1) {
      for (int x = begin; x < end; ++x) add_to(x, column, pixels, products, sums[x - begin]);
      return;
    }
    // Results beside each other see pixels beside each other.
    for (int j = 0; j < x_.count(); ++j) {
      if (!products.has(column + j)) continue;
      const int shift = x_.shift(j);
      const int first = std::max(begin, -shift), last = std::min(end, x_.tap.size - shift);
      const float* const from = products.of_tap(column + j) + pixels + shift;
      int x = add_lanes(MatmulTag(), from, first, last, sums - begin);
      x = add_lanes(QuarterTag(), from, x, last, sums - begin);
      for (; x < last; ++x) sums[x - begin] += from[x];
    }
  }
  template <class D>
  static HWY_INLINE int add_lanes(D d, const float* from, int x, int last, float* sums) {
    const auto step = static_cast<int>(hn::Lanes(d));
    for (; x + step <= last; x += step)
      hn::StoreU(hn::Add(hn::LoadU(d, sums + x), hn::LoadU(d, from + x)), d, sums + x);
    return x;
  }
  /// All that one result sees in a row.
  HWY_INLINE void add_to(int x, int column, std::int64_t pixels, const Products& products, float& sum) const {
    for (int j = 0; j < x_.count(); ++j) {
      const int pixel = x_.pixel(x, j), tap = column + x_.column(x, j);
      if (pixel >= 0 && products.has(tap)) sum += products.of_tap(tap)[pixels + pixel];
    }
  }
  /// After upsampling: the two results of a pixel see it and a neighbour, one before and one behind. All columns
  /// of taps are in one panel.
  HWY_INLINE void add_phases(int begin, int end, int column, std::int64_t pixels, const Products& products,
                             float* sums) const {
    const QuarterTag d;
    const auto step = static_cast<int>(hn::Lanes(d));
    int x = begin;
    for (; x < end && x < 2; ++x) add_to(x, column, pixels, products, sums[x - begin]);
    for (; x < end && x % 2 != 0; ++x) add_to(x, column, pixels, products, sums[x - begin]);
    for (; x + 2 * step <= end && x / 2 + step < x_.tap.size; x += 2 * step) {
      hn::Vec<QuarterTag> first, second;
      hn::LoadInterleaved2(d, sums + x - begin, first, second);
      for (int j = 0; j < 2; ++j) {
        const std::int64_t at = pixels + x / 2 - 1 + j;
        first = hn::Add(first, hn::LoadU(d, products.of_tap(column + j) + at));
        second = hn::Add(second, hn::LoadU(d, products.of_tap(column + 2 + j) + at + 1));
      }
      hn::StoreInterleaved2(first, second, d, sums + x - begin);
    }
    for (; x < end; ++x) add_to(x, column, pixels, products, sums[x - begin]);
  }

  /// Hands over the panels that are full, and the last one when all of its results are there.
  void hand_over(int done, int last) {
    const int whole = done == last ? tile_.panel_end : done / width;
    if (whole <= handed_) return;
    const int first = handed_ * width;
    if (done < whole * width)
      std::memset(line_ + done - first, 0, static_cast<std::size_t>(whole * width - done) * sizeof(float));
    FusedCall fused = anchor_.call;
    fused.accumulator = line_;
    fused.accumulator_panel_stride = width;
    anchor_.fused(fused, {sample_, sample_ + 1, handed_, whole});
    if (done > whole * width)
      std::memmove(line_, line_ + whole * width - first,
                   static_cast<std::size_t>(done - whole * width) * sizeof(float));
    handed_ = whole;
  }

  const AnchorCall& anchor_;
  const ImageMap& map_;
  const Tile& tile_;
  float* const line_;
  NarrowDimension z_{}, y_{}, x_{};
  Span whole_row_{};        ///< the pixels of a row that a row of results sees
  int panels_ = 1;          ///< of the products of a pixel with all taps
  int panels_at_once_ = 1;  ///< of these
  int sample_ = 0, handed_ = 0;
};

}  // namespace isthmus::lower::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // include guard per target
