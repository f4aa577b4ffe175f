// The gradient of a convolution's weights: cells are gathered a block at a time and multiplied with the results'
// gradients, summed over all cells of some samples. Once per SIMD target.
#if defined(ISTHMUS_SRC_OPS_WEIGHTS_GRADIENT_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef ISTHMUS_SRC_OPS_WEIGHTS_GRADIENT_INL_H_
#undef ISTHMUS_SRC_OPS_WEIGHTS_GRADIENT_INL_H_
#else
#define ISTHMUS_SRC_OPS_WEIGHTS_GRADIENT_INL_H_
#endif

#include "ops/conv2d/cells-inl.h"
#include "ops/conv2d/unpool-inl.h"

HWY_BEFORE_NAMESPACE();
namespace isthmus::lower::HWY_NAMESPACE {

/// One call of conv2d_weights on one tile: whole panels of image channels (rows) × panels of result channels, in
/// one of the gradient's parts. Sums over all cells of the part's samples, in order.
class WeightsTile {
 public:
  WeightsTile(const AnchorCall& anchor, const Tile& tile, float* workspace)
      : anchor_(anchor),
        map_(anchor.image),
        tile_(tile),
        workspace_(workspace),
        products_(plan::weight_products(map_.algorithm, map_.window)) {
    narrow_ = map_.algorithm == Algorithm::narrow;
    flat_ = map_.image.is_one_row;
    single_ = flat_ || narrow_;
    mapped_ = map_.algorithm == Algorithm::winograd || map_.algorithm == Algorithm::subpixel;
    const int block = narrow_ ? 1 : plan::method_of(Op::conv2d, map_.algorithm, map_.window).block;
    // With one result channel the image's pixels are the cells, as in the gradient of the image.
    const ImageExtent& cells = narrow_ ? map_.image : map_.result;
    depth_ = cells.depth;
    cell_rows_ = (cells.height + block - 1) / block;
    cell_columns_ = (cells.width + block - 1) / block;
    // The rows of the tile are channel panels, each with all products; or panels of products, or of channels.
    unit_ = single_ ? width : products_ * width;
    part_rows_ = plan::gradient_rows(map_.image.channels, map_.algorithm, map_.window);
    part_ = tile.row_begin / part_rows_;
    first_ = tile.row_begin % part_rows_ / unit_;
    left_panels_ = (tile.row_end - tile.row_begin) / unit_;
    right_panels_ = tile.panel_end - tile.panel_begin;
  }

  void run() {
    const int filled = plan::filled_parts(map_.attribute.as<GradientParts>(), anchor_.samples);
    if (part_ >= filled) return;
    const auto first_row = [&](int part) {
      return static_cast<int>(std::int64_t{part} * anchor_.samples / filled) * depth_ * cell_rows_;
    };
    const int left = left_is_in_place() ? 0 : (single_ ? 1 : products_) * left_panels_;
    const int right = narrow_       ? plan::panels_of(products_)
                      : mapped_     ? plane_products() * right_panels_
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
      CellWalk walk(first_row(part_), first_row(part_ + 1), depth_ * cell_rows_, cell_columns_,
                    std::min(most_cells, room / per_cell));
      Block block;
      for (bool is_first = true; walk.next(block); is_first = false) {
        float* const left_at = workspace_;
        float* const right_at = left_at + std::int64_t{block.cells} * (end - begin) * width;
        float* const frame = right_at + std::int64_t{block.cells} * right * width;
        if (narrow_) add_narrow(block, left_at, right_at, frame, !is_first);
        else add(block, begin, end, left_at, right_at, frame, !is_first);
      }
    }
  }

 private:
  static constexpr int most_cells = 256;
  static constexpr int least_cells = 64;

  bool left_is_in_place() const { return narrow_ && !flat_; }
  /// Products of an algorithm that maps patches, without the taps in depth.
  int plane_products() const { return products_ / map_.window.depth(); }

  /// Adds what the left operands [begin, end) hold of a block: a panel of channels after the other, tap after tap.
  void add(const Block& block, int begin, int end, float* left, float* right, float* frame, bool accumulate) {
    const int first_panel = tile_.panel_begin;
    if (flat_) {
      gather_flat(anchor_.a, map_.image, map_, false, block, cell_rows_, 1, left_panels_, left, frame);
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
        call.b = right + (mapped_ ? std::int64_t{t / map_.window.depth()} * right_panels_ * stride : 0);
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

  void add_narrow(const Block& block, float* left, float* right, float* frame, bool accumulate) {
    // Patches of the result's gradient, one channel, for each pixel of the image.
    gather_flat(anchor_.b, map_.result, map_, true, block, cell_rows_, 1, plan::panels_of(products_), right,
                frame);
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
    return (std::int64_t{segment.sample} * depth_ * cell_rows_ + segment.row) * cell_columns_ + segment.begin;
  }

  void gather_left(const Block& block, int begin, int end, float* left) const {
    const Taps taps = taps_of(map_.window, map_.image, false);
    if (!mapped_) {
      gather_taps(anchor_.a, taps, first_, {left_panels_, begin, end}, block, cell_rows_, 1, left);
      return;
    }
    Patches patches{map_.image.height, map_.image.width, 1, -1, -1, taps.z, cell_rows_};
    if (map_.algorithm == Algorithm::subpixel) {
      gather_mapped<InMap<plan::subpixel>>(anchor_.a, patches, first_, left_panels_, block, left);
      return;
    }
    patches.step = plan::winograd.step;
    patches.start_y = -taps.y.window.pad;
    patches.start_x = -taps.x.window.pad;
    gather_mapped<InMap<plan::winograd>>(anchor_.a, patches, first_, left_panels_, block, left);
  }

  void gather_right(const Block& block, float* right) const {
    if (map_.pooled) {
      const Unpooled gradient{anchor_.b, anchor_.c, map_.result.height / 2, map_.result.width / 2};
      if (map_.algorithm == Algorithm::winograd)
        gather_unpooled<OutTransposed<plan::winograd>>(gradient, tile_.panel_begin, right_panels_, block, right);
      else gather_unpooled(gradient, tile_.panel_begin, right_panels_, block, right);
      return;
    }
    const Tap planes{map_.result.depth, {}, false};  // each cell's own
    const Patches patches{map_.result.height, map_.result.width, 2, 0, 0, planes, cell_rows_};
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
  const int products_;
  bool narrow_, flat_, single_, mapped_;
  int depth_, cell_rows_, cell_columns_;
  int unit_, part_rows_, part_, first_, left_panels_, right_panels_;
};

}  // namespace isthmus::lower::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // include guard per target
