#include "ops/gather/gather.hpp"

#include <algorithm>
#include <limits>

#include "ops/blocks.hpp"

namespace isthmus::lower {
namespace {

constexpr int lanes = plan::panel_width;
constexpr int block_rows = 32;
constexpr int block_panels = 8;  // A block is 16 KB.

/// The numbers of the rows, sample by sample.
class Numbers {
 public:
  explicit Numbers(const AnchorCall& call) : view_(call.a), per_sample_(call.a_columns) {}
  /// The number of row `row`, or -1 if it is no whole number below `end`.
  int at(int row, int end) const {
    const int column = row % per_sample_;
    const float number =
        view_.data[row / per_sample_ * view_.row_stride + column / lanes * view_.panel_stride + column % lanes];
    if (!(number >= 0 && number < static_cast<float>(end))) return -1;
    const int whole = static_cast<int>(number);
    return static_cast<float>(whole) == number ? whole : -1;
  }
  int per_sample() const { return per_sample_; }

 private:
  View view_;
  int per_sample_;
};

const float* panel_at(const View& view, int row, int panel) {
  return view.data + row * view.row_stride + panel * view.panel_stride;
}

}  // namespace

void gather_rows(const AnchorCall& call, const Tile& tile) {
  const Numbers numbers(call);
  const bool has_table = call.b.data != nullptr;
  const int end = has_table ? call.shapes[1].dim[0] : call.call.columns;
  for_each_block<block_rows, block_panels>(call, tile, [&](const Tile& part, float* block) {
    for (int row = part.row_begin; row < part.row_end; ++row) {
      const int number = numbers.at(row, end);
      for (int p = part.panel_begin; p < part.panel_end; ++p) {
        float* const to = place_in_block<block_rows>(block, row - part.row_begin, p - part.panel_begin);
        if (number < 0) std::fill_n(to, lanes, std::numeric_limits<float>::quiet_NaN());
        else if (has_table) std::copy_n(panel_at(call.b, number, p), lanes, to);
        else {
          std::fill_n(to, lanes, 0.0f);
          if (number / lanes == p) to[number % lanes] = 1.0f;
        }
      }
    }
  });
}

void scatter_rows(const AnchorCall& call, const Tile& tile) {
  const Numbers numbers(call);
  const int rows = call.samples * numbers.per_sample(), end = call.shapes[3].dim[0];
  for_each_block<block_rows, block_panels>(call, tile, [&](const Tile& part, float* block) {
    std::fill_n(block, block_rows * block_panels * lanes, 0.0f);
    for (int row = 0; row < rows; ++row) {
      const int number = numbers.at(row, end);
      if (number < part.row_begin || number >= part.row_end) continue;
      for (int p = part.panel_begin; p < part.panel_end; ++p) {
        const float* const from = panel_at(call.b, row, p);
        float* const to = place_in_block<block_rows>(block, number - part.row_begin, p - part.panel_begin);
        for (int lane = 0; lane < lanes; ++lane) to[lane] += from[lane];
      }
    }
  });
}

}  // namespace isthmus::lower
