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
      : anchor_(anchor), map_(anchor.image), tile_(tile), workspace_(workspace) {
    transposed_ = map_.op == Op::conv2d_transpose;
    method_ = plan::method_of(map_.op, map_.algorithm, map_.window);
    flat_ = map_.channels == 1;
    block_ = method_.block;
    fold_ = map_.pooled && block_ == 1 ? 2 : 1;
    const int pooling = map_.pooled ? 2 : 1;
    rows_ = map_.result_height * pooling;
    columns_ = map_.result_width * pooling;
    const int cell = block_ * fold_;
    cell_rows_ = (rows_ + cell - 1) / cell;
    cell_columns_ = (columns_ + cell - 1) / cell;
    panels_ = plan::panels_of(flat_ ? method_.products : map_.channels);
    // Results of a cell, before pooling.
    spread_ = block_ * block_ * fold_ * fold_;
    operand_floats_ = (flat_ ? panels_ : method_.products * panels_) * width * fold_ * fold_;
    product_floats_ = (method_.summed ? fold_ * fold_ : method_.products) * width;
  }

  void run() {
    const int sample_rows = map_.result_height * map_.result_width;
    const auto first_row = [&](int row) {
      const int y = row % sample_rows / map_.result_width * (map_.pooled ? 2 : 1);
      const int cell = block_ * fold_;
      return row / sample_rows * cell_rows_ + (y + cell - 1) / cell;
    };
    // The floats for one cell: its operands, and for some panels its products, its results and their positions in
    // pooling.
    const int panels_at_once = std::min(most_panels_at_once, tile_.panel_end - tile_.panel_begin);
    const int per_cell = operand_floats_ + panels_at_once * (product_floats_ + (spread_ + 2) * width) +
                         (flat_ ? frame_floats(map_.window) * fold_ : 0);
    CellWalk walk(first_row(tile_.row_begin), first_row(tile_.row_end), cell_rows_, cell_columns_,
                  std::min(most_cells, (workspace_floats - 1024) / per_cell));
    Block block;
    while (walk.next(block)) {
      float* const operands = workspace_;
      float* const products = operands + std::int64_t{block.cells} * operand_floats_;
      float* const results = products + std::int64_t{block.cells} * panels_at_once * product_floats_;
      gather(block, operands, results);
      for (int p = tile_.panel_begin; p < tile_.panel_end; p += panels_at_once)
        compute(block, p, std::min(panels_at_once, tile_.panel_end - p), operands, products, results);
    }
  }

 private:
  static constexpr int most_panels_at_once = 2;
  static constexpr int most_cells = 224;

  void gather(const Block& block, float* operands, float* frame) const {
    if (flat_) {
      gather_flat(anchor_.a, map_, transposed_, block, fold_, panels_, operands, frame);
    } else if (map_.algorithm == Algorithm::winograd) {
      const int pad_y = transposed_ ? map_.window.height - 1 - map_.window.pad_y : map_.window.pad_y;
      const int pad_x = transposed_ ? map_.window.width - 1 - map_.window.pad_x : map_.window.pad_x;
      gather_mapped<InMap<plan::winograd>>(anchor_.a, {map_.height, map_.width, 2, -pad_y, -pad_x}, 0, panels_,
                                           block, operands);
    } else if (map_.algorithm == Algorithm::subpixel && transposed_) {
      gather_mapped<InMap<plan::subpixel_transposed>>(anchor_.a, {map_.height, map_.width, 2, -1, -1}, 0, panels_,
                                                      block, operands);
    } else if (map_.algorithm == Algorithm::subpixel) {
      gather_mapped<InMap<plan::subpixel>>(anchor_.a, {map_.height, map_.width, 1, -1, -1}, 0, panels_, block,
                                           operands);
    } else {
      gather_taps(anchor_.a, taps_of(map_, transposed_), 0, panels_, block, fold_, operands);
    }
  }

  void compute(const Block& block, int panel, int panels, const float* operands, float* products, float* results) {
    MicroCall call;
    const int rows = block.cells * fold_ * fold_;
    call.a = operands;
    call.a_panel_stride = std::int64_t{rows} * width;
    call.b = anchor_.b.data + panel * anchor_.b.panel_stride;
    call.b_panel_stride = anchor_.b.panel_stride;
    call.out = products;
    call.out_panel_stride = std::int64_t{rows} * width;
    if (method_.summed) {
      call.inner = flat_ ? method_.products : method_.products * panels_ * width;
      multiply(call, rows, panels);
    } else {
      call.inner = map_.channels;
      const std::int64_t weights = std::int64_t{plan::packed_channels(map_.channels)} * width;
      for (int t = 0; t < method_.products; ++t) {
        multiply(call, rows, panels);
        call.a += panels_ * call.a_panel_stride;
        call.b += weights;
        call.out += panels * call.out_panel_stride;
      }
    }
    finish(block, panel, panels, products, results);
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

  /// Number of results in row `y` of the block's cell rows, and in a segment's row.
  int result_width_of(const Segment& segment) const {
    const int cell = block_ * fold_;
    return std::min(segment.end * cell, columns_) - segment.begin * cell;
  }
  int result_rows_of(const Segment& segment) const {
    const int cell = block_ * fold_;
    return std::min((segment.row + 1) * cell, rows_) - segment.row * cell;
  }

  void hand_over(const Block& block, int panel, int panels, FusedCall fused) {
    const int pooling = map_.pooled ? 2 : 1;
    const int cell = block_ * fold_ / pooling;
    const auto row_of = [&](const Segment& s, int y) {
      return (s.sample * map_.result_height + s.row * cell + y) * map_.result_width + s.begin * cell;
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
  int block_, fold_, rows_, columns_, cell_rows_, cell_columns_, panels_, spread_, operand_floats_,
      product_floats_;
};

/// One call of conv2d_weights on one tile: whole panels of image channels (rows) × panels of result channels, in
/// one of the gradient's parts. Sums over all cells of the part's samples, in order.
class WeightsTile {
 public:
  WeightsTile(const AnchorCall& anchor, const Tile& tile, float* workspace)
      : anchor_(anchor), map_(anchor.image), tile_(tile), workspace_(workspace) {
    narrow_ = map_.algorithm == Algorithm::narrow;
    method_ = plan::method_of(Op::conv2d, map_.algorithm, map_.window);
    if (narrow_) method_.products = map_.window.upsample == 2 ? 9 : map_.window.taps();
    flat_ = map_.channels == 1;
    block_ = narrow_ ? 1 : method_.block;
    // With one result channel the image's pixels are the cells, as in the gradient of the image.
    const int rows = narrow_ ? map_.height : map_.result_height,
              columns = narrow_ ? map_.width : map_.result_width;
    cell_rows_ = (rows + block_ - 1) / block_;
    cell_columns_ = (columns + block_ - 1) / block_;
    // The rows of the tile are channel panels, each with all products; or panels of products, or of channels.
    single_ = flat_ || narrow_;
    unit_ = single_ ? width : method_.products * width;
    part_rows_ = plan::gradient_shape(weights_of(map_), map_.algorithm, map_.window).dim[0];
    part_ = tile.row_begin / part_rows_;
    first_ = tile.row_begin % part_rows_ / unit_;
    left_panels_ = (tile.row_end - tile.row_begin) / unit_;
    right_panels_ = tile.panel_end - tile.panel_begin;
  }

  void run() {
    const int products = single_ ? 1 : method_.products;
    const bool mapped = map_.algorithm == Algorithm::winograd || map_.algorithm == Algorithm::subpixel;
    const int left_floats = left_is_in_place() ? 0 : products * left_panels_ * width;
    const int right_floats = narrow_                 ? plan::panels_of(method_.products) * width
                             : mapped || map_.pooled ? (mapped ? products : 1) * right_panels_ * width
                                                     : 0;
    const int per_cell = left_floats + right_floats + (single_ ? frame_floats(map_.window) : 0);
    const int filled = plan::filled_parts(map_.attribute.as<GradientParts>(), anchor_.samples);
    if (part_ >= filled) return;
    const auto first_sample = [&](int part) {
      return static_cast<int>(std::int64_t{part} * anchor_.samples / filled);
    };
    CellWalk walk(first_sample(part_) * cell_rows_, first_sample(part_ + 1) * cell_rows_, cell_rows_,
                  cell_columns_, std::min(most_cells, (workspace_floats - 1024) / per_cell));
    Block block;
    for (bool first = true; walk.next(block); first = false) {
      float* const left = workspace_;
      float* const right = left + std::int64_t{block.cells} * left_floats;
      float* const frame = right + std::int64_t{block.cells} * right_floats;
      if (narrow_) add_narrow(block, left, right, frame, !first);
      else add(block, products, mapped, left, right, frame, !first);
    }
  }

 private:
  static constexpr int most_cells = 256;

  bool left_is_in_place() const { return narrow_ && !flat_; }

  void add(const Block& block, int products, bool mapped, float* left, float* right, float* frame,
           bool accumulate) {
    if (flat_) {
      gather_flat(anchor_.a, map_, false, block, 1, left_panels_, left, frame);
    } else {
      gather_left(block, left);
    }
    if (mapped || map_.pooled) gather_right(block, right);
    MicroCall call;
    call.a_panel_stride = 0;
    call.inner = block.cells;
    const View& to = anchor_.call.results[0];
    const std::int64_t left_stride = std::int64_t{block.cells} * width;
    for (int t = 0; t < products; ++t) {
      if (mapped) {
        call.b = right + std::int64_t{t} * right_panels_ * block.cells * width;
        call.b_panel_stride = std::int64_t{block.cells} * width;
      } else if (map_.pooled) {
        call.b = right;
        call.b_panel_stride = std::int64_t{block.cells} * width;
      } else {
        call.b = anchor_.b.data + tile_.panel_begin * anchor_.b.panel_stride + first_row(block) * width;
        call.b_panel_stride = anchor_.b.panel_stride;
      }
      for (int k = 0; k < left_panels_; ++k) {
        call.a = left + (std::int64_t{t} * left_panels_ + k) * left_stride;
        const std::int64_t row =
            std::int64_t{part_} * part_rows_ + std::int64_t{first_ + k} * unit_ + std::int64_t{t} * width;
        call.out = to.data + row * width + tile_.panel_begin * to.panel_stride;
        call.out_panel_stride = to.panel_stride;
        multiply_transposed(call, right_panels_, accumulate);
      }
    }
  }

  void add_narrow(const Block& block, float* left, float* right, float* frame, bool accumulate) {
    // Patches of the result's gradient, one channel, for each pixel of the image.
    ImageMap seen = map_;
    seen.height = map_.result_height;
    seen.width = map_.result_width;
    seen.result_height = map_.height;
    seen.result_width = map_.width;
    const int columns = plan::panels_of(method_.products);
    gather_flat(anchor_.b, seen, true, block, 1, columns, right, frame);
    const View& to = anchor_.call.results[0];
    MicroCall call;
    call.a_panel_stride = 0;
    call.inner = block.cells;
    call.b = right + std::int64_t{tile_.panel_begin} * block.cells * width;
    call.b_panel_stride = std::int64_t{block.cells} * width;
    if (flat_) gather_column(block, left);
    for (int k = 0; k < left_panels_; ++k) {
      call.a = flat_ ? left : anchor_.a.data + (first_ + k) * anchor_.a.panel_stride + first_row(block) * width;
      call.out = to.data + (std::int64_t{part_} * part_rows_ + std::int64_t{first_ + k} * width) * width +
                 tile_.panel_begin * to.panel_stride;
      call.out_panel_stride = to.panel_stride;
      multiply_transposed(call, right_panels_, accumulate);
    }
  }

  /// An image of one channel as a column.
  void gather_column(const Block& block, float* out) const {
    std::memset(out, 0, static_cast<std::size_t>(block.cells) * width * sizeof(float));
    for (int s = 0; s < block.count; ++s) {
      const Segment& segment = block.segments[s];
      for (int c = segment.begin; c < segment.end; ++c)
        copy_flat(anchor_.a, segment.sample, std::int64_t{segment.row} * map_.width + c, 1,
                  out + std::int64_t{segment.first + c - segment.begin} * width);
    }
  }

  /// The row of the batch's cells that the block starts with, where cells are pixels.
  std::int64_t first_row(const Block& block) const {
    const Segment& segment = block.segments[0];
    return (std::int64_t{segment.sample} * cell_rows_ + segment.row) * cell_columns_ + segment.begin;
  }

  void gather_left(const Block& block, float* left) const {
    if (map_.algorithm == Algorithm::winograd)
      gather_mapped<InMap<plan::winograd>>(anchor_.a,
                                           {map_.height, map_.width, 2, -map_.window.pad_y, -map_.window.pad_x},
                                           first_, left_panels_, block, left);
    else if (map_.algorithm == Algorithm::subpixel)
      gather_mapped<InMap<plan::subpixel>>(anchor_.a, {map_.height, map_.width, 1, -1, -1}, first_, left_panels_,
                                           block, left);
    else gather_taps(anchor_.a, taps_of(map_, false), first_, left_panels_, block, 1, left);
  }

  void gather_right(const Block& block, float* right) const {
    if (map_.pooled) {
      const Unpooled gradient{anchor_.b, anchor_.c, map_.result_height / 2, map_.result_width / 2};
      if (map_.algorithm == Algorithm::winograd)
        gather_unpooled<OutTransposed<plan::winograd>>(gradient, tile_.panel_begin, right_panels_, block, right);
      else gather_unpooled(gradient, tile_.panel_begin, right_panels_, block, right);
      return;
    }
    const Patches patches{map_.result_height, map_.result_width, 2, 0, 0};
    if (map_.algorithm == Algorithm::winograd)
      gather_mapped<OutTransposed<plan::winograd>>(anchor_.b, patches, tile_.panel_begin, right_panels_, block,
                                                   right);
    else
      gather_mapped<OutTransposed<plan::subpixel>>(anchor_.b, patches, tile_.panel_begin, right_panels_, block,
                                                   right);
  }

  const AnchorCall& anchor_;
  const ImageMap& map_;
  const Tile& tile_;
  float* const workspace_;
  plan::Method method_;
  bool narrow_, flat_, single_;
  int block_, cell_rows_, cell_columns_, unit_, part_rows_, part_, first_, left_panels_, right_panels_;
};

}  // namespace isthmus::lower::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // include guard per target
