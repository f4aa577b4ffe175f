// Convolutions and their gradients on panels: cells are gathered a block at a time, multiplied with the packed
// weights, mapped to results, and handed to the elementwise kernels. Once per SIMD target.
//
// As with matrix products, each product is one chain of fused multiply-adds over the channels, and the maps around
// it are fixed: bits depend neither on the block nor on the tile.
#if defined(ISTHMUS_SRC_OPS_CONVOLVE_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef ISTHMUS_SRC_OPS_CONVOLVE_INL_H_
#undef ISTHMUS_SRC_OPS_CONVOLVE_INL_H_
#else
#define ISTHMUS_SRC_OPS_CONVOLVE_INL_H_
#endif

#include "ops/conv2d/cells-inl.h"
#include "ops/conv2d/framed-inl.h"
#include "ops/conv2d/unpool-inl.h"

HWY_BEFORE_NAMESPACE();
namespace isthmus::lower::HWY_NAMESPACE {

/// One call of conv2d on one tile.
class ConvolutionTile {
 public:
  ConvolutionTile(const AnchorCall& anchor, const Tile& tile, float* workspace)
      : anchor_(anchor),
        map_(anchor.image),
        tile_(tile),
        workspace_(workspace),
        method_(plan::method_of(map_.op, map_.algorithm, map_.window)),
        channels_(channels_of(map_)) {
    transposed_ = map_.op == Op::conv2d_transpose;
    flat_ = map_.image.is_one_row;
    fold_ = map_.pooled && method_.block() == 1 ? 2 : 1;
    const int pooling = map_.pooled ? 2 : 1;
    rows_ = map_.result.height * pooling;
    columns_ = map_.result.width * pooling;
    cell_height_ = method_.block_rows * fold_;
    cell_width_ = method_.block_columns * fold_;
    cell_depth_ = method_.block_planes;
    cell_rows_ = (rows_ + cell_height_ - 1) / cell_height_;
    cell_planes_ = (map_.result.depth + cell_depth_ - 1) / cell_depth_;
    cell_columns_ = (columns_ + cell_width_ - 1) / cell_width_;
    is_dense_ = plan::has_dense_taps(map_.image.channels, map_.algorithm, map_.window);
    dense_values_ = method_.products * map_.image.channels;
    channel_panels_ = is_dense_ ? plan::panels_of(dense_values_) : channels_.most_panels_seen();
    inner_panels_ = is_dense_ ? channel_panels_ : plan::summed_planes(map_.window) * channel_panels_;
    is_framed_ = flat_ && has_frames(map_, transposed_);
    operand_panels_ = is_framed_     ? 0
                      : is_dense_    ? channel_panels_
                      : is_by_taps() ? method_.products * channel_panels_
                                     : method_.products * inner_panels_;
    // Results of a cell, before pooling.
    spread_ = method_.block() * fold_ * fold_;
    product_floats_ = (method_.summed ? fold_ * fold_ : method_.products) * width;
  }

  void run() {
    const int sample_rows = map_.result.pixels();
    const auto first_row = [&](int row) {
      const int y = row % sample_rows / map_.result.width;
      const int in_plane = y % map_.result.height * (map_.pooled ? 2 : 1);
      const int cell_plane = (y / map_.result.height + cell_depth_ - 1) / cell_depth_;
      return (row / sample_rows * cell_planes_ + cell_plane) * cell_rows_ +
             (in_plane + cell_height_ - 1) / cell_height_;
    };
    // The floats for one cell: its operands, and for some panels its products, its results and their positions in
    // pooling.
    const int panels_at_once =
        is_grouped() ? 1 : std::min(most_panels_at_once, tile_.panel_end - tile_.panel_begin);
    const int operand_floats = width * fold_ * fold_;
    const int others = panels_at_once * (product_floats_ + (spread_ + 2) * width) +
                       (flat_ ? frame_floats(map_.window) * fold_ : 0);
    const int room = workspace_floats - (flat_ ? frame_reserve(map_.window) : 1024);
    // Operands that do not fit are gathered in parts, one after the other, for a few cells at least.
    const int most = is_by_taps() && !is_dense_ ? (room / least_cells - others) / operand_floats : operand_panels_;
    panels_in_part_ = std::min(operand_panels_, most);
    const int per_cell = panels_in_part_ * operand_floats + others;
    CellWalk walk(first_row(tile_.row_begin), first_row(tile_.row_end), cell_planes_ * cell_rows_, cell_columns_,
                  std::min(most_cells, room / per_cell));
    Block block;
    while (walk.next(block)) {
      float* const operands = workspace_;
      float* const products = operands + std::int64_t{block.cells} * panels_in_part_ * operand_floats;
      float* const results = products + std::int64_t{block.cells} * panels_at_once * product_floats_;
      const bool in_parts = panels_in_part_ < operand_panels_;
      for (int p = tile_.panel_begin; p < tile_.panel_end; p += panels_at_once) {
        const int panels = std::min(panels_at_once, tile_.panel_end - p);
        if (!in_parts && (p == tile_.panel_begin || is_grouped())) gather(block, p, operands, results);
        if (is_framed_) multiply_framed(block, p, panels, products, results);
        else if (in_parts) multiply_in_parts(block, p, panels, operands, products);
        else multiply_all(block, p, panels, operands, products);
        finish(block, p, panels, products, results);
      }
    }
  }

 private:
  static constexpr int most_panels_at_once = 2;
  static constexpr int most_cells = 224;
  static constexpr int least_cells = 12;

  bool is_by_taps() const { return map_.algorithm == Algorithm::direct; }
  /// Each panel of results sees panels of channels of its own.
  bool is_grouped() const { return channels_.groups > 1; }
  int first_panel_seen(int panel) const { return channels_.first_panel_seen(panel, channel_panels_); }

  void gather(const Block& block, int panel, float* operands, float* frame) const {
    const ImageExtent& image = map_.image;
    const Taps taps = taps_of(map_.window, image, transposed_);
    if (is_framed_) return;
    if (flat_) {
      gather_flat(anchor_.a, image, map_, transposed_, block, cell_rows_, channel_panels_, operands, frame);
    } else if (is_dense_) {
      gather_dense(anchor_.a, taps, image.channels, channel_panels_, block, cell_rows_, fold_, operands);
    } else if (is_by_taps()) {
      gather_taps(anchor_.a, taps, first_panel_seen(panel), {channel_panels_, 0, operand_panels_}, block,
                  cell_rows_, fold_, operands);
    } else {
      with_maps(map_, transposed_, [&]<class Z, class Y, class X>(Z, Y, X) {
        const auto start = [&](const plan::Bilinear& map, const Tap& tap) {
          return patch_start(map, tap.window, map_.algorithm == Algorithm::winograd, transposed_);
        };
        const Patches patches{
            image, start(Z::table, taps.z), start(Y::table, taps.y), start(X::table, taps.x), taps.z, cell_rows_};
        gather_mapped<typename Z::In, typename Y::In, typename X::In>(
            anchor_.a, patches, plan::summed_planes(map_.window), 0, channel_panels_, block, operands);
      });
    }
  }

  MicroCall call_of(const Block& block, int panel, const float* operands, float* products) const {
    const std::int64_t rows = std::int64_t{block.cells} * fold_ * fold_;
    MicroCall call;
    call.a = operands;
    call.a_panel_stride = rows * width;
    call.b = anchor_.b.data + panel * anchor_.b.panel_stride;
    call.b_panel_stride = anchor_.b.panel_stride;
    call.out = products;
    call.out_panel_stride = rows * width;
    return call;
  }

  void multiply_all(const Block& block, int panel, int panels, const float* operands, float* products) const {
    MicroCall call = call_of(block, panel, operands, products);
    const int rows = block.cells * fold_ * fold_;
    if (method_.summed) {
      call.inner = is_dense_ ? dense_values_ : operand_panels_ * width;
      multiply(call, rows, panels);
      return;
    }
    // The taps in depth that have no map are summed, each with whole panels of channels.
    const int depth = plan::summed_planes(map_.window);
    call.inner = flat_ || depth == 1 ? map_.image.channels : inner_panels_ * width;
    const std::int64_t weights =
        std::int64_t{depth} * plan::packed_channels(channels_, map_.algorithm, map_.window) * width;
    for (int t = 0; t < method_.products; ++t) {
      multiply(call, rows, panels);
      call.a += inner_panels_ * call.a_panel_stride;
      call.b += weights;
      call.out += panels * call.out_panel_stride;
    }
  }

  void multiply_framed(const Block& block, int panel, int panels, float* products, float* memory) const {
    const Taps taps = taps_of(map_.window, map_.image, transposed_);
    FramedCall call{{},
                    anchor_.b.data + panel * anchor_.b.panel_stride,
                    anchor_.b.panel_stride,
                    products,
                    std::int64_t{block.cells} * fold_ * fold_ * width};
    for (int s = 0; s < block.count; ++s) {
      const Segment& segment = block.segments[s];
      const int plane = segment.row / cell_rows_, first = segment.begin * fold_, last = segment.end * fold_;
      for (int i = 0; i < fold_; ++i) {
        const int row = segment.row % cell_rows_ * fold_ + i;
        call.frame = frame_row(anchor_.a, map_.image, taps, segment.sample, plane, row, first, last, memory);
        multiply(call, last - first, panels);
        call.out += std::int64_t{last - first} * width;
      }
    }
  }

  /// A chain of multiply-adds goes on where the last part has left it: the bits are those of one part.
  void multiply_in_parts(const Block& block, int panel, int panels, float* operands, float* products) const {
    const Taps taps = taps_of(map_.window, map_.image, transposed_);
    MicroCall call = call_of(block, panel, operands, products);
    const int rows = block.cells * fold_ * fold_;
    for (int first = 0; first < operand_panels_; first += panels_in_part_) {
      const int last = std::min(first + panels_in_part_, operand_panels_);
      gather_taps(anchor_.a, taps, first_panel_seen(panel), {channel_panels_, first, last}, block, cell_rows_,
                  fold_, operands);
      call.inner = (last - first) * width;
      if (first == 0) multiply(call, rows, panels);
      else multiply<true>(call, rows, panels);
      call.b += std::int64_t{call.inner} * width;
    }
  }

  /// Results of a block before pooling, for each of the panels, a row of results after the other.
  void finish(const Block& block, int panel, int panels, const float* products, float* results) {
    const std::int64_t piece = std::int64_t{block.cells} * spread_ * width;
    FusedCall fused = anchor_.call;
    fused.accumulator = products;
    fused.accumulator_panel_stride = piece;
    if (map_.pooled) {
      float* const pooled = results;
      float* const positions = pooled + std::int64_t{panels} * block.cells * width;
      for (int q = 0; q < panels; ++q) pool(block, q, panels, products, pooled, positions);
      fused.accumulator = pooled;
      fused.positions = positions;
      fused.accumulator_panel_stride = std::int64_t{block.cells} * width;
    } else if (!method_.summed) {
      for (int q = 0; q < panels; ++q) spread(block, q, panels, products, results + q * piece);
      fused.accumulator = results;
    }
    hand_over(block, panel, panels, fused);
  }

  /// Number of results in a row of a segment's cells, and of rows in these.
  int result_width_of(const Segment& segment) const {
    return std::min(segment.end * cell_width_, columns_) - segment.begin * cell_width_;
  }
  int result_rows_of(const Segment& segment) const {
    const int row = segment.row % cell_rows_;
    return std::min((row + 1) * cell_height_, rows_) - row * cell_height_;
  }

  /// Results of a block lie row of cells after row of cells, in each plane after plane.
  void hand_over(const Block& block, int panel, int panels, FusedCall fused) {
    const int pooling = map_.pooled ? 2 : 1;
    const auto hand = [&](int first, int count) {
      anchor_.fused(fused, {first, first + count, panel, panel + panels});
      fused.accumulator += std::int64_t{count} * width;
      if (fused.positions != nullptr) fused.positions += std::int64_t{count} * width;
    };
    const auto row_of = [&](const Segment& s, int z, int y) {
      const int plane = s.sample * map_.result.depth + s.row / cell_rows_ * cell_depth_ + z;
      const int row = plane * map_.result.height + s.row % cell_rows_ * (cell_height_ / pooling) + y;
      return row * map_.result.width + s.begin * (cell_width_ / pooling);
    };
    if (block.whole && cell_depth_ == 1) {
      int rows = 0;
      for (int s = 0; s < block.count; ++s)
        rows += result_rows_of(block.segments[s]) * result_width_of(block.segments[s]) / (pooling * pooling);
      hand(row_of(block.segments[0], 0, 0), rows);
      return;
    }
    for (int i = 0; i < block.count; ++i) {
      const Segment& s = block.segments[i];
      const int count = result_width_of(s) / pooling, height = result_rows_of(s) / pooling;
      for (int z = 0; z < cell_depth_; ++z) {
        if (block.whole) {
          hand(row_of(s, z, 0), height * count);
          continue;
        }
        for (int y = 0; y < height; ++y) hand(row_of(s, z, y), count);
      }
    }
  }

  void spread(const Block& block, int q, int panels, const float* products, float* out) const {
    with_maps(map_, transposed_, [&]<class Z, class Y, class X>(Z, Y, X) {
      spread_by<typename Z::Out, typename Y::Out, typename X::Out>(block, q, panels, products, out);
    });
  }

  /// One plane of a block's results, from its products.
  template <class Inward, int plane, class Vertical, class Horizontal>
  static HWY_INLINE void results_of(const float* from, std::int64_t stride, MatmulVector* results) {
    const MatmulTag d;
    constexpr int count = Vertical::columns * Horizontal::columns;
    MatmulVector x[count];
#pragma GCC unroll 16
    for (int t = 0; t < count; ++t) {
      MatmulVector planes[Inward::columns];
#pragma GCC unroll 4
      for (int z = 0; z < Inward::columns; ++z) planes[z] = hn::LoadU(d, from + (z * count + t) * stride);
      x[t] = combine<Inward, plane, 0, Inward::columns, 1, false>(planes, hn::Zero(d));
    }
    map_both_ways<Vertical, Horizontal>(x, results);
  }

  /// Products → blocks of results, put into the order of rows.
  template <class Inward, class Vertical, class Horizontal>
  HWY_NOINLINE void spread_by(const Block& block, int q, int panels, const float* products, float* out) const {
    const std::int64_t stride = std::int64_t{panels} * block.cells * width;
    const float* from = products + std::int64_t{q} * block.cells * width;
    for (int s = 0; s < block.count; ++s) {
      const Segment& segment = block.segments[s];
      const std::int64_t plane = std::int64_t{result_rows_of(segment)} * result_width_of(segment) * width;
      spread_plane<Inward, 0, Vertical, Horizontal>(segment, from, stride, out);
      if constexpr (Inward::rows == 2)
        spread_plane<Inward, 1, Vertical, Horizontal>(segment, from, stride, out + plane);
      from += std::int64_t{segment.end - segment.begin} * width;
      out += Inward::rows * plane;
    }
  }
  template <class Inward, int plane, class Vertical, class Horizontal>
  HWY_INLINE void spread_plane(const Segment& segment, const float* from, std::int64_t stride, float* out) const {
    const MatmulTag d;
    constexpr int rows = Vertical::rows, columns = Horizontal::rows;
    const int count = result_width_of(segment), height = result_rows_of(segment);
    for (int c = 0; c < segment.end - segment.begin; ++c, from += width)
      for (int lane = 0; lane < width; lane += lanes) {
        MatmulVector y[rows * columns];
        results_of<Inward, plane, Vertical, Horizontal>(from + lane, stride, y);
        float* const to = out + std::int64_t{columns} * c * width + lane;
        // A block at the end of a row or of a column may have a result less.
        const bool right = columns * c + columns <= count, below = rows <= height;
        hn::StoreU(y[0], d, to);
        if (columns == 2 && right) hn::StoreU(y[columns - 1], d, to + width);
        if (rows == 1 || !below) continue;
        hn::StoreU(y[(rows - 1) * columns], d, to + std::int64_t{count} * width);
        if (columns == 2 && right) hn::StoreU(y[rows * columns - 1], d, to + std::int64_t{count + 1} * width);
      }
  }

  void pool(const Block& block, int q, int panels, const float* products, float* pooled, float* positions) const {
    const std::int64_t first = std::int64_t{q} * block.cells * width;
    if (method_.summed) pool_folded(block, products + first * 4, pooled + first, positions + first);
    else pool_by<OutMap<plan::winograd>>(block, q, panels, products, pooled + first, positions + first);
  }

  /// The largest of four and its position; a NaN is larger than anything.
  static HWY_INLINE void store_largest(const MatmulVector* y, float* pooled, float* position) {
    const MatmulTag d;
    MatmulVector best = y[0], at = hn::Zero(d);
#pragma GCC unroll 4
    for (int i = 1; i < 4; ++i) {
      const auto larger = hn::Or(hn::Gt(y[i], best), hn::IsNaN(y[i]));
      best = hn::IfThenElse(larger, y[i], best);
      at = hn::IfThenElse(larger, hn::Set(d, static_cast<float>(i)), at);
    }
    hn::StoreU(best, d, pooled);
    hn::StoreU(at, d, position);
  }

  template <class Map>
  HWY_NOINLINE void pool_by(const Block& block, int q, int panels, const float* products, float* pooled,
                            float* positions) const {
    const std::int64_t stride = std::int64_t{panels} * block.cells * width;
    const float* const from = products + std::int64_t{q} * block.cells * width;
    for (std::int64_t i = 0; i < std::int64_t{block.cells} * width; i += lanes) {
      MatmulVector y[4];
      results_of<OutMap<plan::identity>, 0, Map, Map>(from + i, stride, y);
      store_largest(y, pooled + i, positions + i);
    }
  }

  /// Pools single results, whose two rows are one after the other.
  HWY_NOINLINE void pool_folded(const Block& block, const float* from, float* pooled, float* positions) const {
    const MatmulTag d;
    for (int s = 0; s < block.count; ++s) {
      const int count = block.segments[s].end - block.segments[s].begin;
      const std::int64_t below = std::int64_t{2} * count * width;
      for (int c = 0; c < count; ++c, from += 2 * width, pooled += width, positions += width)
        for (int lane = 0; lane < width; lane += lanes) {
          const MatmulVector y[4] = {hn::LoadU(d, from + lane), hn::LoadU(d, from + width + lane),
                                     hn::LoadU(d, from + below + lane), hn::LoadU(d, from + below + width + lane)};
          store_largest(y, pooled + lane, positions + lane);
        }
      from += below;
    }
  }

  const AnchorCall& anchor_;
  const ImageMap& map_;
  const Tile& tile_;
  float* const workspace_;
  plan::Method method_;
  plan::GroupedChannels channels_;
  bool transposed_, flat_;
  bool is_framed_;    ///< flat, and read where it lies but for zeros around it
  bool is_dense_;     ///< few channels, whose taps lie side by side
  int dense_values_;  ///< of these
  int fold_;
  int rows_, columns_;                         ///< of a plane of results, before pooling
  int cell_depth_, cell_height_, cell_width_;  ///< results of a cell, before pooling
  int cell_planes_;                            ///< of a sample
  int cell_rows_, cell_columns_;               ///< of a plane of cells
  int channel_panels_;                         ///< of the image that a panel of results sees, or of dense taps
  int inner_panels_;                           ///< of one product, all taps in depth
  int operand_panels_;                         ///< of all products
  int panels_in_part_ = 0;                     ///< of these, how many are gathered at a time
  int spread_, product_floats_;
};

}  // namespace isthmus::lower::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // include guard per target
