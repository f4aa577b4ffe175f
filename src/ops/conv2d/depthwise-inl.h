// Convolutions that filter each channel by itself, their transposes, and the gradient of their weights. No channel
// meets another one, so nothing is gathered: sixteen channels of a pixel are a factor of their own. Once per SIMD
// target.
#if defined(ISTHMUS_SRC_OPS_DEPTHWISE_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef ISTHMUS_SRC_OPS_DEPTHWISE_INL_H_
#undef ISTHMUS_SRC_OPS_DEPTHWISE_INL_H_
#else
#define ISTHMUS_SRC_OPS_DEPTHWISE_INL_H_
#endif

#include "ops/conv2d/cells-inl.h"

HWY_BEFORE_NAMESPACE();
namespace isthmus::lower::HWY_NAMESPACE {

/// What the taps of one row of a window see of a row of pixels.
class TapRow {
 public:
  TapRow(const Tap& tap, int results) : tap_(tap) {
    // Between the results of a transposed convolution's stride taps see nothing: no run of results is alike.
    is_even_ = !tap.transposed || tap.window.stride == 1;
    if (!is_even_) return;
    int least = shift(0), most = shift(tap.window.size - 1);
    if (tap.transposed) std::swap(least, most);
    begin_ = std::clamp(least >= 0 ? 0 : (-least + step() - 1) / step(), 0, results);
    const int room = tap.size - 1 - most;
    end_ = std::clamp(room < 0 ? 0 : room / step() + 1, begin_, results);
  }

  int count() const { return tap_.window.size; }
  /// The results whose taps all see a pixel: result x sees pixel x · step + shift(tap).
  int begin() const { return begin_; }
  int end() const { return end_; }
  int step() const { return tap_.transposed ? 1 : tap_.window.stride; }
  int shift(int tap) const { return tap_.shift(tap); }
  /// The pixel that a result sees, or -1.
  int operator()(int result, int tap) const { return tap_(result, tap); }

 private:
  Tap tap_;
  bool is_even_ = true;
  int begin_ = 0, end_ = 0;
};

/// Calls visit(tap, row of pixels) for the first tap of each row of a window that sees something from row `row` of
/// the results of a sample.
template <class Visit>
HWY_INLINE void for_each_seen_row(const Taps& taps, int result_height, int row, Visit visit) {
  for (int z = 0; z < taps.z.window.size; ++z) {
    const int plane = taps.z(row / result_height, z);
    for (int y = 0; plane >= 0 && y < taps.y.window.size; ++y) {
      const int at = taps.y(row % result_height, y);
      if (at >= 0) visit((z * taps.y.window.size + y) * taps.x.window.size, plane * taps.y.size + at);
    }
  }
}

/// One call of a depthwise conv2d or conv2d_transpose on one tile.
class DepthwiseTile {
 public:
  DepthwiseTile(const AnchorCall& anchor, const Tile& tile, float* workspace)
      : anchor_(anchor),
        map_(anchor.image),
        tile_(tile),
        workspace_(workspace),
        taps_(taps_of(map_.window, map_.image, map_.op == Op::conv2d_transpose)),
        row_(taps_.x, map_.result.width) {}

  void run() const {
    const int columns = map_.result.width, rows = map_.result.depth * map_.result.height;
    CellWalk walk(tile_.row_begin / columns, tile_.row_end / columns, rows, columns, most_cells);
    Block block;
    while (walk.next(block)) {
      const Segment& first = block.segments[0];
      const int begin = (first.sample * rows + first.row) * columns + first.begin;
      for (int p = tile_.panel_begin; p < tile_.panel_end; ++p) {
        for (int s = 0; s < block.count; ++s) filter(block.segments[s], p);
        FusedCall fused = anchor_.call;
        fused.accumulator = workspace_;
        fused.accumulator_panel_stride = std::int64_t{block.cells} * width;
        anchor_.fused(fused, {begin, begin + block.cells, p, p + 1});
      }
    }
  }

 private:
  static constexpr int most_cells = 512;
  static constexpr int at_once = 8;

  void filter(const Segment& segment, int panel) const {
    const MatmulTag d;
    float* const out = workspace_ + std::int64_t{segment.first} * width;
    const float* const weights = anchor_.b.data + panel * anchor_.b.panel_stride;
    const std::int64_t sample_rows = std::int64_t{taps_.z.size} * taps_.y.size;
    const float* const image =
        anchor_.a.data + panel * anchor_.a.panel_stride + segment.sample * sample_rows * taps_.x.size * width;
    const auto pixels_of = [&](int row) { return image + std::int64_t{row} * taps_.x.size * width; };
    // One result, of which taps may see nothing.
    const auto single = [&](int x) HWY_ATTR {
      for (int lane = 0; lane < width; lane += lanes) {
        auto sum = hn::Zero(d);
        for_each_seen_row(taps_, map_.result.height, segment.row, [&](int first, int row) HWY_ATTR {
          for (int t = 0; t < row_.count(); ++t) {
            const int column = row_(x, t);
            if (column < 0) continue;
            sum = hn::MulAdd(hn::LoadU(d, pixels_of(row) + std::int64_t{column} * width + lane),
                             hn::LoadU(d, weights + std::int64_t{first + t} * width + lane), sum);
          }
        });
        hn::StoreU(sum, d, out + std::int64_t{x - segment.begin} * width + lane);
      }
    };
    const int begin = std::clamp(row_.begin(), segment.begin, segment.end);
    const int end = std::clamp(row_.end(), begin, segment.end);
    int x = segment.begin;
    for (; x < begin; ++x) single(x);
    for (; x + at_once <= end; x += at_once)
      for (int lane = 0; lane < width; lane += lanes) {
        MatmulVector sums[at_once];
#pragma GCC unroll 8
        for (int i = 0; i < at_once; ++i) sums[i] = hn::Zero(d);
        const std::int64_t step = std::int64_t{row_.step()} * width;
        for_each_seen_row(taps_, map_.result.height, segment.row, [&](int first, int row) HWY_ATTR {
          for (int t = 0; t < row_.count(); ++t) {
            const auto weight = hn::LoadU(d, weights + std::int64_t{first + t} * width + lane);
            const float* const from = pixels_of(row) + x * step + std::int64_t{row_.shift(t)} * width + lane;
#pragma GCC unroll 8
            for (int i = 0; i < at_once; ++i) sums[i] = hn::MulAdd(hn::LoadU(d, from + i * step), weight, sums[i]);
          }
        });
#pragma GCC unroll 8
        for (int i = 0; i < at_once; ++i)
          hn::StoreU(sums[i], d, out + std::int64_t{x - segment.begin + i} * width + lane);
      }
    for (; x < segment.end; ++x) single(x);
  }

  const AnchorCall& anchor_;
  const ImageMap& map_;
  const Tile& tile_;
  float* const workspace_;
  const Taps taps_;
  const TapRow row_;
};

/// One call of a depthwise conv2d_weights on one tile: all taps (rows) × panels of channels, in one of the
/// gradient's parts. Each sum is one chain over all results of the part's samples, in order.
class DepthwiseWeightsTile {
 public:
  DepthwiseWeightsTile(const AnchorCall& anchor, const Tile& tile)
      : anchor_(anchor),
        map_(anchor.image),
        tile_(tile),
        taps_(taps_of(map_.window, map_.image, false)),
        row_(taps_.x, map_.result.width),
        part_(tile.row_begin / taps_.count()) {}

  void run() const {
    const int filled = plan::filled_parts(map_.attribute.as<GradientParts>(), anchor_.samples);
    if (part_ >= filled) return;
    const auto first_sample = [&](int part) {
      return static_cast<int>(std::int64_t{part} * anchor_.samples / filled);
    };
    const View& to = anchor_.call.results[0];
    const int rows = map_.result.depth * map_.result.height;
    for (int p = tile_.panel_begin; p < tile_.panel_end; ++p) {
      float* const sums = to.data + p * to.panel_stride + std::int64_t{part_} * taps_.count() * width;
      std::fill_n(sums, std::int64_t{taps_.count()} * width, 0.0f);
      for (int n = first_sample(part_); n < first_sample(part_ + 1); ++n)
        for (int row = 0; row < rows; ++row)
          for_each_seen_row(taps_, map_.result.height, row, [&](int first, int image_row) {
            add_row(p, n, row, image_row, sums + std::int64_t{first} * width);
          });
    }
  }

 private:
  static constexpr int at_once = 4;  // taps

  void add_row(int panel, int sample, int row, int image_row, float* sums) const {
    const std::int64_t rows = std::int64_t{map_.result.depth} * map_.result.height;
    const std::int64_t image_rows = std::int64_t{taps_.z.size} * taps_.y.size;
    const float* const gradient =
        anchor_.b.data + panel * anchor_.b.panel_stride + (sample * rows + row) * map_.result.width * width;
    const float* const image =
        anchor_.a.data + panel * anchor_.a.panel_stride + (sample * image_rows + image_row) * taps_.x.size * width;
    for (int t = 0; t < row_.count(); t += at_once) {
      float* const to = sums + std::int64_t{t} * width;
      switch (std::min(at_once, row_.count() - t)) {
        case 1: add_taps<1>(image, gradient, t, to); break;
        case 2: add_taps<2>(image, gradient, t, to); break;
        case 3: add_taps<3>(image, gradient, t, to); break;
        default: add_taps<at_once>(image, gradient, t, to);
      }
    }
  }

  /// Adds to the sums of some taps what they see of a row of pixels, times the row of gradients.
  template <int count>
  HWY_NOINLINE void add_taps(const float* image, const float* gradient, int first, float* to) const {
    const MatmulTag d;
    for (int lane = 0; lane < width; lane += lanes) {
      MatmulVector sums[count];
#pragma GCC unroll 4
      for (int t = 0; t < count; ++t) sums[t] = hn::LoadU(d, to + t * width + lane);
      const auto single = [&](int x) HWY_ATTR {
        const auto g = hn::LoadU(d, gradient + std::int64_t{x} * width + lane);
#pragma GCC unroll 4
        for (int t = 0; t < count; ++t) {
          const int column = row_(x, first + t);
          if (column >= 0)
            sums[t] = hn::MulAdd(hn::LoadU(d, image + std::int64_t{column} * width + lane), g, sums[t]);
        }
      };
      int x = 0;
      for (; x < row_.begin(); ++x) single(x);
      for (; x < row_.end(); ++x) {
        const auto g = hn::LoadU(d, gradient + std::int64_t{x} * width + lane);
        const float* const pixel = image + std::int64_t{x} * row_.step() * width + lane;
#pragma GCC unroll 4
        for (int t = 0; t < count; ++t)
          sums[t] = hn::MulAdd(hn::LoadU(d, pixel + std::int64_t{row_.shift(first + t)} * width), g, sums[t]);
      }
      for (; x < map_.result.width; ++x) single(x);
#pragma GCC unroll 4
      for (int t = 0; t < count; ++t) hn::StoreU(sums[t], d, to + t * width + lane);
    }
  }

  const AnchorCall& anchor_;
  const ImageMap& map_;
  const Tile& tile_;
  const Taps taps_;
  const TapRow row_;
  const int part_;
};

}  // namespace isthmus::lower::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // include guard per target
