// The gradient of a convolution's weights: cells are gathered a block at a time and multiplied with the results'
// gradients, summed over all cells of some samples. Once per SIMD target.
#if defined(ISTHMUS_SRC_OPS_WEIGHTS_GRADIENT_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef ISTHMUS_SRC_OPS_WEIGHTS_GRADIENT_INL_H_
#undef ISTHMUS_SRC_OPS_WEIGHTS_GRADIENT_INL_H_
#else
#define ISTHMUS_SRC_OPS_WEIGHTS_GRADIENT_INL_H_
#endif

#include "ops/conv2d/cells-inl.h"
#include "ops/conv2d/framed-inl.h"
#include "ops/conv2d/unpool-inl.h"

HWY_BEFORE_NAMESPACE();
namespace isthmus::lower::HWY_NAMESPACE {

/// One call of conv2d_weights on one tile: whole panels of image channels (rows) × panels of result channels, in
/// one of the gradient's parts. Sums over all cells of the part's samples, in order. In groups the rows are the
/// panels of image channels that each panel of result channels sees.
class WeightsTile {
 public:
  WeightsTile(const AnchorCall& anchor, const Tile& tile, float* workspace)
      : anchor_(anchor),
        map_(anchor.image),
        tile_(tile),
        workspace_(workspace),
        channels_(channels_of(map_)),
        products_(plan::weight_products(map_.algorithm, map_.window)) {
    narrow_ = map_.algorithm == Algorithm::narrow;
    flat_ = map_.image.is_one_row;
    is_dense_ = plan::has_dense_taps(map_.image.channels, map_.algorithm, map_.window);
    single_ = is_dense_ || narrow_;
    is_framed_ = (flat_ || narrow_) && has_frames(map_, narrow_);
    mapped_ = map_.algorithm == Algorithm::winograd || map_.algorithm == Algorithm::subpixel;
    const plan::Method method = plan::method_of(Op::conv2d, map_.algorithm, map_.window);
    // With one result channel the image's pixels are the cells, as in the gradient of the image.
    const ImageExtent& cells = narrow_ ? map_.image : map_.result;
    cell_planes_ = (cells.depth + method.block_planes - 1) / method.block_planes;
    cell_rows_ = (cells.height + method.block_rows - 1) / method.block_rows;
    cell_columns_ = (cells.width + method.block_columns - 1) / method.block_columns;
    // The rows of the tile are channel panels, each with all products; or panels of products, or of channels.
    unit_ = single_ ? width : products_ * width;
    part_rows_ = plan::gradient_rows(channels_, map_.algorithm, map_.window);
    part_ = tile.row_begin / part_rows_;
    first_ = tile.row_begin % part_rows_ / unit_;
    left_panels_ = (tile.row_end - tile.row_begin) / unit_;
  }

  void run() {
    if (channels_.groups == 1) return run(tile_.panel_begin, tile_.panel_end);
    for (int p = tile_.panel_begin; p < tile_.panel_end; ++p) run(p, p + 1);
  }

 private:
  static constexpr int most_cells = 256;
  static constexpr int least_cells = 64;

  void run(int right_begin, int right_end) {
    const int filled = plan::filled_parts(map_.attribute.as<GradientParts>(), anchor_.samples);
    if (part_ >= filled) return;
    first_right_ = right_begin;
    right_panels_ = right_end - right_begin;
    if (!single_) first_left_ = first_ + channels_.first_panel_seen(right_begin, channels_.most_panels_seen());
    const auto first_row = [&](int part) {
      return static_cast<int>(std::int64_t{part} * anchor_.samples / filled) * cell_planes_ * cell_rows_;
    };
    const int left = left_is_in_place() ? 0 : (single_ ? 1 : products_) * left_panels_;
    const int right = narrow_       ? (is_framed_ ? 0 : plan::panels_of(products_))
                      : mapped_     ? mapped_products() * right_panels_
                      : map_.pooled ? right_panels_
                                    : 0;
    const int others = right * width + (single_ ? frame_floats(map_.window) : 0);
    const int room = workspace_floats - (single_ ? frame_reserve(map_.window) : 1024);
    // What each cell has on the left, for all taps and channels, may not fit: then some at a time, in several
    // walks.
    const bool is_cut = !single_ && !mapped_;
    const int most = std::max(1, is_cut ? (room / least_cells - others) / width : left);
    for (int begin = 0; begin < std::max(1, left); begin += most) {
      const int end = std::min(left, begin + most);
      const int per_cell = std::max(1, (end - begin) * width + others);
      CellWalk walk(first_row(part_), first_row(part_ + 1), cell_planes_ * cell_rows_, cell_columns_,
                    std::min(most_cells, room / per_cell));
      Block block;
      for (bool is_first = true; walk.next(block); is_first = false) {
        float* const left_at = workspace_;
        float* const right_at = left_at + std::int64_t{block.cells} * (end - begin) * width;
        float* const frame = right_at + std::int64_t{block.cells} * right * width;
        if (narrow_ && is_framed_) add_framed_narrow(block, left_at, frame, !is_first);
        else if (is_framed_) add_framed(block, right_at, frame, !is_first);
        else if (narrow_) add_narrow(block, left_at, right_at, frame, !is_first);
        else add(block, begin, end, left_at, right_at, frame, !is_first);
      }
    }
  }

  bool left_is_in_place() const { return narrow_ ? !flat_ : is_framed_; }
  /// Products of an algorithm that maps patches, without the taps in depth that have no map.
  int mapped_products() const { return products_ / plan::summed_planes(map_.window); }

  /// Adds what the left operands [begin, end) hold of a block: a panel of channels after the other, tap after tap.
  void add(const Block& block, int begin, int end, float* left, float* right, float* frame, bool accumulate) {
    const int first_panel = first_right_;
    if (flat_) {
      gather_flat(anchor_.a, map_.image, map_, false, block, cell_rows_, left_panels_, left, frame);
    } else if (is_dense_) {
      gather_dense(anchor_.a, taps_of(map_.window, map_.image, false), map_.image.channels, left_panels_, block,
                   cell_rows_, 1, left);
    } else {
      gather_left(block, begin, end, left);
    }
    if (mapped_ || map_.pooled) gather_right(block, right);
    MicroCall call;
    call.a_panel_stride = 0;
    call.inner = block.cells;
    const View& to = anchor_.call.results[0];
    const std::int64_t stride = std::int64_t{block.cells} * width;
    for (int i = begin; i < end; ++i) {
      const int t = i / left_panels_, k = i % left_panels_;
      if (mapped_ || map_.pooled) {
        call.b =
            right + (mapped_ ? std::int64_t{t / plan::summed_planes(map_.window)} * right_panels_ * stride : 0);
        call.b_panel_stride = stride;
      } else {
        call.b = anchor_.b.data + first_panel * anchor_.b.panel_stride + first_row(block) * width;
        call.b_panel_stride = anchor_.b.panel_stride;
      }
      call.a = left + (i - begin) * stride;
      const std::int64_t row =
          std::int64_t{part_} * part_rows_ + std::int64_t{first_ + k} * unit_ + std::int64_t{t} * width;
      call.out = to.data + row * width + first_panel * to.panel_stride;
      call.out_panel_stride = to.panel_stride;
      multiply_transposed(call, right_panels_, accumulate);
    }
  }

  /// Adds what the taps see of a block's cells, whose image has one channel.
  void add_framed(const Block& block, float* right, float* memory, bool accumulate) {
    if (map_.pooled) gather_right(block, right);
    const Taps taps = taps_of(map_.window, map_.image, false);
    const View& to = anchor_.call.results[0];
    const int first_tap = first_ * width, last_tap = std::min(first_tap + left_panels_ * width, products_);
    const auto out_of = [&](int panel) {
      const std::int64_t row = std::int64_t{part_} * part_rows_ + first_tap;
      return to.data + row * width + (first_right_ + panel) * to.panel_stride;
    };
    for (int p = 0; p < right_panels_ && !accumulate; ++p)
      std::fill_n(out_of(p), left_panels_ * width * width, 0.0f);
    for (int s = 0; s < block.count; ++s) {
      const Segment& segment = block.segments[s];
      const Frame frame = frame_row(anchor_.a, map_.image, taps, segment.sample, segment.row / cell_rows_,
                                    segment.row % cell_rows_, segment.begin, segment.end, memory);
      for (int p = 0; p < right_panels_; ++p) {
        const float* const gradient = map_.pooled ? right + (std::int64_t{p} * block.cells + segment.first) * width
                                                  : anchor_.b.data + (first_right_ + p) * anchor_.b.panel_stride +
                                                        (first_row(block) + segment.first) * width;
        add_all_seen(frame, first_tap, last_tap, segment.end - segment.begin, gradient, out_of(p));
      }
    }
  }

  /// The same where the result has one channel: its gradient is what the taps see, from the image's pixels.
  void add_framed_narrow(const Block& block, float* left, float* memory, bool accumulate) {
    const Taps taps = taps_of(map_.window, map_.result, true);
    const View& to = anchor_.call.results[0];
    if (flat_) gather_column(block, left);
    for (int k = 0; k < left_panels_; ++k)
      for (int p = tile_.panel_begin; p < tile_.panel_end; ++p) {
        // Sums for each tap, of sixteen channels; those of the result are for each channel.
        HWY_ALIGN float sums[width * width] = {};
        float* const out = to.data +
                           (std::int64_t{part_} * part_rows_ + std::int64_t{first_ + k} * width) * width +
                           p * to.panel_stride;
        if (accumulate) transpose_block(out, sums, width);
        for (int s = 0; s < block.count; ++s) {
          const Segment& segment = block.segments[s];
          const Frame frame = frame_row(anchor_.b, map_.result, taps, segment.sample, segment.row / cell_rows_,
                                        segment.row % cell_rows_, segment.begin, segment.end, memory);
          const float* const pixels =
              (flat_ ? left : anchor_.a.data + (first_ + k) * anchor_.a.panel_stride + first_row(block) * width) +
              std::int64_t{segment.first} * width;
          add_all_seen(frame, p * width, std::min((p + 1) * width, products_), segment.end - segment.begin, pixels,
                       sums);
        }
        transpose_block(sums, out, width);
      }
  }

  void add_narrow(const Block& block, float* left, float* right, float* frame, bool accumulate) {
    // Patches of the result's gradient, one channel, for each pixel of the image.
    gather_flat(anchor_.b, map_.result, map_, true, block, cell_rows_, plan::panels_of(products_), right, frame);
    const View& to = anchor_.call.results[0];
    MicroCall call;
    call.a_panel_stride = 0;
    call.inner = block.cells;
    call.b = right + std::int64_t{first_right_} * block.cells * width;
    call.b_panel_stride = std::int64_t{block.cells} * width;
    if (flat_) gather_column(block, left);
    for (int k = 0; k < left_panels_; ++k) {
      call.a = flat_ ? left : anchor_.a.data + (first_ + k) * anchor_.a.panel_stride + first_row(block) * width;
      call.out = to.data + (std::int64_t{part_} * part_rows_ + std::int64_t{first_ + k} * width) * width +
                 first_right_ * to.panel_stride;
      call.out_panel_stride = to.panel_stride;
      multiply_transposed(call, right_panels_, accumulate);
    }
  }

  /// A flat image as a column.
  void gather_column(const Block& block, float* out) const {
    std::memset(out, 0, static_cast<std::size_t>(block.cells) * width * sizeof(float));
    for (int s = 0; s < block.count; ++s) {
      const Segment& segment = block.segments[s];
      for (int c = segment.begin; c < segment.end; ++c)
        copy_flat(anchor_.a, segment.sample, std::int64_t{segment.row} * map_.image.width + c, 1,
                  out + std::int64_t{segment.first + c - segment.begin} * width);
    }
  }

  /// The row of the batch's cells that the block starts with, where cells are pixels.
  std::int64_t first_row(const Block& block) const {
    const Segment& segment = block.segments[0];
    return (std::int64_t{segment.sample} * cell_planes_ * cell_rows_ + segment.row) * cell_columns_ +
           segment.begin;
  }

  void gather_left(const Block& block, int begin, int end, float* left) const {
    const Taps taps = taps_of(map_.window, map_.image, false);
    if (!mapped_) {
      gather_taps(anchor_.a, taps, first_left_, {left_panels_, begin, end}, block, cell_rows_, 1, left);
      return;
    }
    with_maps(map_, false, [&]<class Z, class Y, class X>(Z, Y, X) {
      const auto start = [&](const plan::Bilinear& map, const Tap& tap) {
        return patch_start(map, tap.window, map_.algorithm == Algorithm::winograd, false);
      };
      const Patches patches{
          map_.image, start(Z::table, taps.z), start(Y::table, taps.y), start(X::table, taps.x), taps.z,
          cell_rows_};
      gather_mapped<typename Z::In, typename Y::In, typename X::In>(
          anchor_.a, patches, plan::summed_planes(map_.window), first_left_, left_panels_, block, left);
    });
  }

  void gather_right(const Block& block, float* right) const {
    if (map_.pooled) {
      const Unpooled gradient{anchor_.b, anchor_.c, map_.result.height / 2, map_.result.width / 2};
      if (map_.algorithm == Algorithm::winograd)
        gather_unpooled<OutTransposed<plan::winograd>>(gradient, first_right_, right_panels_, block, right);
      else gather_unpooled(gradient, first_right_, right_panels_, block, right);
      return;
    }
    const Tap planes{map_.result.depth, {}, false};  // each cell's own
    with_maps(map_, false, [&]<class Z, class Y, class X>(Z, Y, X) {
      const Patches patches{map_.result, {Z::table.block, 0}, {Y::table.block, 0}, {X::table.block, 0},
                            planes,      cell_rows_};
      gather_mapped<typename Z::Transposed, typename Y::Transposed, typename X::Transposed>(
          anchor_.b, patches, 1, first_right_, right_panels_, block, right);
    });
  }

  const AnchorCall& anchor_;
  const ImageMap& map_;
  const Tile& tile_;
  float* const workspace_;
  const plan::GroupedChannels channels_;
  const int products_;
  bool narrow_, flat_, is_dense_, is_framed_, single_, mapped_;
  int cell_planes_, cell_rows_, cell_columns_;
  int unit_, part_rows_, part_;
  int first_, left_panels_;  ///< of the rows
  int first_left_ = 0;       ///< the first of these panels in the image
  int first_right_ = 0, right_panels_ = 0;
};

}  // namespace isthmus::lower::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // include guard per target
