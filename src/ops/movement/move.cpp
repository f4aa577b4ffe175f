#include "ops/movement/move.hpp"

#include <isthmus/builder.hpp>

#include <algorithm>

#include "ops/blocks.hpp"

namespace isthmus::lower {
namespace {

constexpr int width = plan::panel_width;
constexpr int most_rows = 16;
/// Panels that are filled before the elementwise kernel reads them: half of a first-level cache.
constexpr int most_panels = 16;
constexpr int result_shape = 3;  // in AnchorCall::shapes

constexpr int most = SampleExtents::most, last = most - 1;
/// The place of a value in each dimension of a sample.
using Place = int[most];

/// Values that follow each other in the result, and where they come from: all in one row of an operand, `step`
/// columns apart, or in one column of it, `row_step` floats apart.
struct Run {
  const float* row = nullptr;  ///< null: they are zero
  std::int64_t panel_stride = 0;
  int column = 0;
  int column_step = 0;
  std::int64_t row_step = 0;
  int length = 0;
};

/// Where the values of an operand's sample are.
class Source {
 public:
  Source() = default;
  Source(const View& view, const Shape& shape, bool drops_last)
      : view_(view), extents_(shape), is_flat_(shape.is_flat()) {
    has_batch_ = shape.has_batch();
    rows_ = static_cast<int>(shape.rows_per_sample());
    if (drops_last) drop_last(extents_);
    std::int64_t values = 1;
    for (int d = last; d >= 0; values *= extents_.dim[d--]) strides_[d] = values;
  }
  /// Images of one channel alone: the channel is no dimension, so that a row of pixels is one run.
  static void drop_last(SampleExtents& extents) {
    std::copy_backward(extents.dim, extents.dim + last, extents.dim + most);
    extents.dim[0] = 1;
  }

  int extent(int d) const { return extents_.dim[d]; }

  /// A run along dimension `along`, from this value on.
  Run run(int sample, const Place& at, int along, int length) const {
    Run run;
    run.length = length;
    run.panel_stride = view_.panel_stride;
    const std::int64_t first = has_batch_ ? std::int64_t{sample} * rows_ : 0;
    std::int64_t before = 0;
    for (int d = 0; d < last; ++d) before += at[d] * strides_[d];
    if (is_flat_) {
      run.row = view_.data + first * view_.row_stride;
      run.column = static_cast<int>(before) + at[last];
      run.column_step = static_cast<int>(strides_[along]);
      return run;
    }
    const int columns = extents_.dim[last];
    run.row = view_.data + (first + before / columns) * view_.row_stride;
    run.column = at[last];
    if (along == last) run.column_step = 1;
    else run.row_step = strides_[along] / columns * view_.row_stride;
    return run;
  }

 private:
  View view_;
  SampleExtents extents_{Shape{}};
  std::int64_t strides_[most] = {};  ///< from a value to the next one along each dimension
  int rows_ = 1;
  bool is_flat_ = false, has_batch_ = false;
};

/// Finds where the values of a result come from.
class Finder {
 public:
  explicit Finder(const AnchorCall& call) : op_(call.image.op), result_(call.shapes[result_shape]) {
    const View views[] = {call.a, call.b, call.c};
    bool drops_last = op_ != Op::permute;
    for (int k = 0; k < 3; ++k) {
      if (call.shapes[k].rank == 0) break;
      ++count_;
      drops_last = drops_last && call.shapes[k].is_flat();
    }
    drops_last = drops_last && call.shapes[result_shape].is_flat();
    for (int k = 0; k < count_; ++k) sources_[k] = Source(views[k], call.shapes[k], drops_last);
    const int ones = result_.ones();
    for (int d = 0; d < result_.rank; ++d) offset_[ones + d] = call.offset[d];
    if (op_ == Op::concat) axis_ = ones + static_cast<int>(call.image.attribute.as<Axis>());
    if (op_ == Op::permute)
      for (int d = 0; d < most; ++d) order_[d] = dimension_of(call.image.attribute.as<Permutation>(), d);
    if (drops_last) {
      Source::drop_last(result_);
      std::copy_backward(offset_, offset_ + last, offset_ + most);
      offset_[0] = 0;
      ++axis_;
    }
  }

  const Place& extents() const { return result_.dim; }

  /// The longest run along the last dimension from this value of the result on.
  Run find(int sample, const Place& at) const {
    const int left = result_.dim[last] - at[last];
    switch (op_) {
      case Op::region: return of_region(sample, at, left);
      case Op::concat: return of_concat(sample, at, left);
      default: break;
    }
    Place from = {};
    for (int d = 0; d < most; ++d) from[order_[d]] = at[d];
    return sources_[0].run(sample, from, order_[last], left);
  }

 private:
  Run of_region(int sample, const Place& at, int left) const {
    Place from = {};
    bool is_inside = true;
    for (int d = 0; d < most; ++d) {
      from[d] = at[d] + offset_[d];
      if (d < last) is_inside = is_inside && from[d] >= 0 && from[d] < sources_[0].extent(d);
    }
    Run zeros;
    zeros.length = left;
    if (!is_inside || from[last] >= sources_[0].extent(last)) return zeros;
    zeros.length = std::min(left, -from[last]);
    if (from[last] < 0) return zeros;
    return sources_[0].run(sample, from, last, std::min(left, sources_[0].extent(last) - from[last]));
  }

  Run of_concat(int sample, const Place& at, int left) const {
    Place from;
    std::copy(std::begin(at), std::end(at), from);
    int part = 0;
    while (from[axis_] >= sources_[part].extent(axis_)) from[axis_] -= sources_[part++].extent(axis_);
    return sources_[part].run(sample, from, last, std::min(left, sources_[part].extent(last) - from[last]));
  }

  Op op_;
  SampleExtents result_;
  Source sources_[3];
  int count_ = 0;
  Place offset_ = {};
  int axis_ = 0;
  int order_[most] = {};
};

/// The columns of a row of the result, as pieces of sixteen in panels that lie `most_rows` rows apart.
float* place(float* piece, int column) {
  return place_in_block<most_rows>(piece, 0, column / width) + column % width;
}

/// Copies values of one row that lie next to each other there and here.
void copy_columns(const Run& run, int count, float* piece, int to) {
  for (int done = 0; done < count;) {
    const int column = run.column + done, at = to + done;
    const int n = std::min({count - done, width - column % width, width - at % width});
    std::copy_n(run.row + column / width * run.panel_stride + column % width, n, place(piece, at));
    done += n;
  }
}

void copy_run(const Run& run, int count, float* piece, int to) {
  if (run.row == nullptr) {
    for (int i = 0; i < count; ++i) *place(piece, to + i) = 0.0f;
  } else if (run.column_step == 1) {
    copy_columns(run, count, piece, to);
  } else {
    for (int i = 0; i < count; ++i) {
      const int column = run.column + i * run.column_step;
      *place(piece, to + i) = run.row[i * run.row_step + column / width * run.panel_stride + column % width];
    }
  }
}

/// Fills a row of the pieces with the columns [begin, end) of a row of the result, and the rest of the last panel
/// with zeros.
void fill_row(const Finder& finder, int sample, int row, int columns, int begin, int end, float* piece) {
  const Place& dim = finder.extents();
  const int stop = std::min(end, columns);
  Place at = {};
  std::int64_t first = std::int64_t{row} * columns + begin;
  for (int d = last; d >= 0; first /= dim[d--]) at[d] = static_cast<int>(first % dim[d]);
  for (int column = begin; column < stop;) {
    const Run run = finder.find(sample, at);
    const int count = std::min(run.length, stop - column);
    copy_run(run, count, piece, column - begin);
    column += count;
    at[last] += count;
    for (int d = last; d > 0 && at[d] == dim[d]; --d) at[d] = 0, ++at[d - 1];
  }
  for (int column = stop; column < end; ++column) *place(piece, column - begin) = 0.0f;
}

}  // namespace

void move_values(const AnchorCall& call, const Tile& tile) {
  const Finder finder(call);
  const int columns = call.call.columns;
  const int rows = static_cast<int>(call.shapes[result_shape].rows_per_sample());
  for_each_block<most_rows, most_panels>(call, tile, [&](const Tile& part, float* piece) {
    for (int row = part.row_begin; row < part.row_end; ++row)
      fill_row(finder, row / rows, row % rows, columns, part.panel_begin * width, part.panel_end * width,
               place_in_block<most_rows>(piece, row - part.row_begin, 0));
  });
}

}  // namespace isthmus::lower
