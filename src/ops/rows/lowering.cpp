// Copies each row of the operands into one piece, has the operation's kernel compute the result's, and hands up to
// sixteen of these to the elementwise kernel. Tiles have all panels.
#include <isthmus/builder.hpp>

#include <algorithm>

#include "ops/lowerings.hpp"

namespace isthmus::ops {
namespace {

using lower::AnchorCall;
using lower::FusedCall;
using lower::Tile;
using lower::View;

constexpr int width = plan::panel_width;
constexpr int rows_at_once = 16;

void copy_row(const View& from, int row, int columns, float* to) {
  const float* const start = from.data + row * from.row_stride;
  for (int c = 0; c < columns; c += width)
    std::copy_n(start + c / width * from.panel_stride, std::min(width, columns - c), to + c);
}

void run_rows(const AnchorCall& anchor, const Tile& tile) {
  alignas(64) float memory[most_row_values];
  const RowOperation& operation = *anchor.row_operation;
  const int columns = anchor.call.columns, panels = plan::panels_of(columns);
  // The result's rows in panels first, so that they are aligned; a row of each operand, and of the result, behind.
  float* free = memory + rows_at_once * panels * width;
  RowCall call;
  call.value = anchor.value;
  call.result_columns = columns;
  const View* const views[] = {&anchor.a, &anchor.b, &anchor.c};
  const int of_operands[] = {anchor.a_columns, anchor.b_columns, anchor.c_columns};
  float* rows[3] = {};
  for (int k = 0; k < operation.operands; ++k) {
    call.columns[k] = of_operands[k];
    call.operands[k] = rows[k] = free;
    free += of_operands[k];
  }
  call.result = free;
  FusedCall fused = anchor.call;
  fused.accumulator = memory;
  fused.accumulator_panel_stride = rows_at_once * width;
  for (int first = tile.row_begin; first < tile.row_end; first += rows_at_once) {
    const int last = std::min(first + rows_at_once, tile.row_end);
    for (int row = first; row < last; ++row) {
      for (int k = 0; k < operation.operands; ++k) copy_row(*views[k], row, call.columns[k], rows[k]);
      operation.kernel(call);
      for (int p = 0; p < panels; ++p) {
        float* const to = memory + (p * rows_at_once + row - first) * width;
        const int valid = std::min(width, columns - p * width);
        std::copy_n(call.result + p * width, valid, to);
        std::fill(to + valid, to + width, 0.0f);
      }
    }
    anchor.fused(fused, {first, last, 0, panels});
  }
}

}  // namespace

const lower::Lowering rows_lowering{
    [](const lower::Program&, bool) { return &run_rows; },
    [](const plan::PlanView& plan, const plan::Group& group, AnchorCall& call) {
      const Node& node = plan.graph[group.node];
      call.row_operation = node.row_operation;
      call.value = node.value;
      // A single row serves all.
      const auto bind = [&](int value, View& operand) {
        const plan::Value& v = plan.values[value];
        if (!v.has_batch && v.rows == 1) operand.row_stride = 0;
        return v.columns;
      };
      bind(group.a, call.a);
      if (group.b >= 0) call.b_columns = bind(group.b, call.b);
      if (group.c >= 0) call.c_columns = bind(group.c, call.c);
    }};

}  // namespace isthmus::ops
