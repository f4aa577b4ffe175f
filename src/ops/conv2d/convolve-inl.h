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
        method_(plan::method_of(map_.op, map_.algorithm, map_.window)) {
    transposed_ = map_.op == Op::conv2d_transpose;
    flat_ = map_.image.is_one_row;
    block_ = method_.block;
    fold_ = map_.pooled && block_ == 1 ? 2 : 1;
    const int pooling = map_.pooled ? 2 : 1;
    rows_ = map_.result.height * pooling;
    columns_ = map_.result.width * pooling;
    const int cell = block_ * fold_;
    cell_rows_ = (rows_ + cell - 1) / cell;
    cell_columns_ = (columns_ + cell - 1) / cell;
    channel_panels_ = plan::panels_of(flat_ ? method_.products : map_.image.channels);
    inner_panels_ = flat_ ? channel_panels_ : map_.window.depth() * channel_panels_;
    operand_panels_ = flat_          ? channel_panels_
                      : is_by_taps() ? method_.products * channel_panels_
                                     : method_.products * inner_panels_;
    // Results of a cell, before pooling.
    spread_ = block_ * block_ * fold_ * fold_;
    product_floats_ = (method_.summed ? fold_ * fold_ : method_.products) * width;
  }

  void run() {
    const int sample_rows = map_.result.pixels();
    const auto first_row = [&](int row) {
      const int cell = block_ * fold_, y = row % sample_rows / map_.result.width;
      const int in_plane = y % map_.result.height * (map_.pooled ? 2 : 1);
      return (row / sample_rows * map_.result.depth + y / map_.result.height) * cell_rows_ +
             (in_plane + cell - 1) / cell;
    };
    // The floats for one cell: its operands, and for some panels its products, its results and their positions in
    // pooling.
    const int panels_at_once = std::min(most_panels_at_once, tile_.panel_end - tile_.panel_begin);
    const int operand_floats = width * fold_ * fold_;
    const int others = panels_at_once * (product_floats_ + (spread_ + 2) * width) +
                       (flat_ ? frame_floats(map_.window) * fold_ : 0);
    const int room = workspace_floats - (flat_ ? frame_reserve(map_.window) : 1024);
    // Operands that do not fit are gathered in parts, one after the other, for a few cells at least.
    const int most = is_by_taps() && !flat_ ? (room / least_cells - others) / operand_floats : operand_panels_;
    panels_in_part_ = std::min(operand_panels_, most);
    const int per_cell = panels_in_part_ * operand_floats + others;
    CellWalk walk(first_row(tile_.row_begin), first_row(tile_.row_end), map_.result.depth * cell_rows_,
                  cell_columns_, std::min(most_cells, room / per_cell));
    Block block;
    while (walk.next(block)) {
      float* const operands = workspace_;
      float* const products = operands + std::int64_t{block.cells} * panels_in_part_ * operand_floats;
      float* const results = products + std::int64_t{block.cells} * panels_at_once * product_floats_;
      const bool in_parts = panels_in_part_ < operand_panels_;
      if (!in_parts) gather(block, operands, results);
      for (int p = tile_.panel_begin; p < tile_.panel_end; p += panels_at_once) {
        const int panels = std::min(panels_at_once, tile_.panel_end - p);
        if (in_parts) multiply_in_parts(block, p, panels, operands, products);
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

  void gather(const Block& block, float* operands, float* frame) const {
    const ImageExtent& image = map_.image;
    const Taps taps = taps_of(map_.window, image, transposed_);
    if (flat_) {
      gather_flat(anchor_.a, image, map_, transposed_, block, cell_rows_, fold_, channel_panels_, operands, frame);
    } else if (is_by_taps()) {
      gather_taps(anchor_.a, taps, 0, {channel_panels_, 0, operand_panels_}, block, cell_rows_, fold_, operands);
    } else if (map_.algorithm == Algorithm::winograd) {
      const int pad_y = taps.y.window.pad, pad_x = taps.x.window.pad;
      const Patches patches{image.height,
                            image.width,
                            plan::winograd.step,
                            transposed_ ? pad_y - (map_.window.height() - 1) : -pad_y,
                            transposed_ ? pad_x - (map_.window.width() - 1) : -pad_x,
                            taps.z,
                            cell_rows_};
      gather_mapped<InMap<plan::winograd>>(anchor_.a, patches, 0, channel_panels_, block, operands);
    } else if (transposed_) {
      gather_mapped<InMap<plan::subpixel_transposed>>(
          anchor_.a, {image.height, image.width, plan::subpixel_transposed.step, -1, -1, taps.z, cell_rows_}, 0,
          channel_panels_, block, operands);
    } else {
      gather_mapped<InMap<plan::subpixel>>(
          anchor_.a, {image.height, image.width, plan::subpixel.step, -1, -1, taps.z, cell_rows_}, 0,
          channel_panels_, block, operands);
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
      call.inner = flat_ ? method_.products : operand_panels_ * width;
      multiply(call, rows, panels);
      return;
    }
    // The taps in depth are summed, each with whole panels of channels.
    const int depth = map_.window.depth();
    call.inner = flat_ || depth == 1 ? map_.image.channels : inner_panels_ * width;
    const std::int64_t weights = std::int64_t{depth} * plan::packed_channels(map_.image.channels) * width;
    for (int t = 0; t < method_.products; ++t) {
      multiply(call, rows, panels);
      call.a += inner_panels_ * call.a_panel_stride;
      call.b += weights;
      call.out += panels * call.out_panel_stride;
    }
  }

  /// A chain of multiply-adds goes on where the last part has left it: the bits are those of one part.
  void multiply_in_parts(const Block& block, int panel, int panels, float* operands, float* products) const {
    const Taps taps = taps_of(map_.window, map_.image, transposed_);
    MicroCall call = call_of(block, panel, operands, products);
    const int rows = block.cells * fold_ * fold_;
    for (int first = 0; first < operand_panels_; first += panels_in_part_) {
      const int last = std::min(first + panels_in_part_, operand_panels_);
      gather_taps(anchor_.a, taps, 0, {channel_panels_, first, last}, block, cell_rows_, fold_, operands);
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
    const int cell = block_ * fold_;
    return std::min(segment.end * cell, columns_) - segment.begin * cell;
  }
  int result_rows_of(const Segment& segment) const {
    const int cell = block_ * fold_;
    const int row = segment.row % cell_rows_;
    return std::min((row + 1) * cell, rows_) - row * cell;
  }

  void hand_over(const Block& block, int panel, int panels, FusedCall fused) {
    const int pooling = map_.pooled ? 2 : 1;
    const int cell = block_ * fold_ / pooling;
    const auto row_of = [&](const Segment& s, int y) {
      const int plane = s.sample * map_.result.depth + s.row / cell_rows_;
      const int row = plane * map_.result.height + s.row % cell_rows_ * cell + y;
      return row * map_.result.width + s.begin * cell;
    };
    if (block.whole) {
      int rows = 0;
      for (int s = 0; s < block.count; ++s)
        rows += result_rows_of(block.segments[s]) * result_width_of(block.segments[s]) / (pooling * pooling);
      const int first = row_of(block.segments[0], 0);
      anchor_.fused(fused, {first, first + rows, panel, panel + panels});
      return;
    }
    for (int s = 0; s < block.count; ++s) {
      const int count = result_width_of(block.segments[s]) / pooling;
      for (int y = 0; y < result_rows_of(block.segments[s]) / pooling; ++y) {
        const int first = row_of(block.segments[s], y);
        anchor_.fused(fused, {first, first + count, panel, panel + panels});
        fused.accumulator += std::int64_t{count} * width;
        if (fused.positions != nullptr) fused.positions += std::int64_t{count} * width;
      }
    }
  }

  void spread(const Block& block, int q, int panels, const float* products, float* out) const {
    if (map_.algorithm == Algorithm::winograd) spread_by<OutMap<plan::winograd>>(block, q, panels, products, out);
    else spread_by<OutMap<plan::subpixel>>(block, q, panels, products, out);
  }

  template <class Map>
  static HWY_INLINE void results_of(const float* from, std::int64_t stride, MatmulVector* results) {
    const MatmulTag d;
    constexpr int count = Map::columns * Map::columns;
    MatmulVector x[count];
#pragma GCC unroll 16
    for (int t = 0; t < count; ++t) x[t] = hn::LoadU(d, from + t * stride);
    map_both_ways<Map>(x, results);
  }

  /// Products → blocks of 2 × 2 results, put into the order of rows.
  template <class Map>
  HWY_NOINLINE void spread_by(const Block& block, int q, int panels, const float* products, float* out) const {
    const MatmulTag d;
    const std::int64_t stride = std::int64_t{panels} * block.cells * width;
    const float* from = products + std::int64_t{q} * block.cells * width;
    for (int s = 0; s < block.count; ++s) {
      const Segment& segment = block.segments[s];
      const int count = result_width_of(segment), height = result_rows_of(segment);
      for (int c = 0; c < segment.end - segment.begin; ++c, from += width)
        for (int lane = 0; lane < width; lane += lanes) {
          MatmulVector y[4];
          results_of<Map>(from + lane, stride, y);
          float* const to = out + std::int64_t{2} * c * width + lane;
          const bool right = 2 * c + 1 < count;
          hn::StoreU(y[0], d, to);
          if (right) hn::StoreU(y[1], d, to + width);
          if (height < 2) continue;
          hn::StoreU(y[2], d, to + std::int64_t{count} * width);
          if (right) hn::StoreU(y[3], d, to + std::int64_t{count + 1} * width);
        }
      out += std::int64_t{height} * count * width;
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
      results_of<Map>(from + i, stride, y);
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
  bool transposed_, flat_;
  int block_, fold_;
  int rows_, columns_;            ///< of a plane of results, before pooling
  int cell_rows_, cell_columns_;  ///< of a plane of cells
  int channel_panels_;            ///< of the image, or of a flat one's products
  int inner_panels_;              ///< of one product, all taps in depth
  int operand_panels_;            ///< of all products
  int panels_in_part_ = 0;        ///< of these, how many are gathered at a time
  int spread_, product_floats_;
};

}  // namespace isthmus::lower::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // include guard per target
