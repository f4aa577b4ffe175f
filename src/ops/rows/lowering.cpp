// Copies each row of the operands, or all rows of a sample, into one piece, has the operation's kernel compute the
// result's, and hands up to sixteen of these rows to the elementwise kernel. Tiles have all panels, whole samples.
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
constexpr int most_rows = 16;
constexpr int result_shape = 3;  // in AnchorCall::shapes

void copy_row(const View& from, int row, int columns, float* to) {
  const float* const start = from.data + row * from.row_stride;
  for (int c = 0; c < columns; c += width)
    std::copy_n(start + c / width * from.panel_stride, std::min(width, columns - c), to + c);
}

/// The buffers for a kernel's operands and result, and for rows of results that the elementwise kernel reads.
struct Memory {
  float* block;  ///< up to `block_rows` rows of the result, in panels, so that they are aligned
  int block_rows;
  float* operands[3];
  float* result;
};

/// Divides `memory`: the builder has ensured that a block has room for at least one row.
Memory divide(float* memory, const RowCall& call, int operands, int panels) {
  int free = most_row_values - call.result_columns;
  for (int k = 0; k < operands; ++k) free -= call.columns[k];
  Memory parts{};
  parts.block = memory;
  parts.block_rows = std::min(most_rows, free / (panels * width));
  memory += parts.block_rows * panels * width;
  for (int k = 0; k < operands; ++k) {
    parts.operands[k] = memory;
    memory += call.columns[k];
  }
  parts.result = memory;
  return parts;
}

void put_row(const float* row, int columns, float* to, std::int64_t panel_stride) {
  for (int c = 0; c < columns; c += width) {
    float* const panel = to + c / width * panel_stride;
    const int valid = std::min(width, columns - c);
    std::copy_n(row + c, valid, panel);
    std::fill(panel + valid, panel + width, 0.0f);
  }
}

void run_rows(const AnchorCall& anchor, const Tile& tile) {
  alignas(64) float memory[most_row_values];
  const RowOperation& operation = *anchor.row_operation;
  const View* const views[] = {&anchor.a, &anchor.b, &anchor.c};
  const int columns = anchor.call.columns, panels = plan::panels_of(columns);
  // The number of rows of an operand or of the result in one call of the kernel.
  const auto rows_of = [&](int k) {
    return operation.whole_samples ? static_cast<int>(anchor.shapes[k].rows_per_sample()) : 1;
  };
  const int unit = rows_of(result_shape);
  RowCall call;
  call.value = anchor.value;
  call.result_shape = anchor.shapes[result_shape];
  call.result_columns = unit * columns;
  for (int k = 0; k < operation.operands; ++k) {
    call.shapes[k] = anchor.shapes[k];
    call.columns[k] = rows_of(k) * anchor.shapes[k].columns();
  }
  const Memory at = divide(memory, call, operation.operands, panels);
  std::copy_n(at.operands, operation.operands, call.operands);
  call.result = at.result;
  FusedCall fused = anchor.call;
  fused.accumulator = at.block;
  fused.accumulator_panel_stride = std::int64_t{at.block_rows} * width;
  int first = tile.row_begin;  // of the block
  for (int row = tile.row_begin, number = row / unit; row < tile.row_end; ++number) {
    for (int k = 0; k < operation.operands; ++k) {
      const int own = rows_of(k), own_columns = anchor.shapes[k].columns();
      const bool serves_all = operation.whole_samples && !anchor.shapes[k].has_batch();
      for (int r = 0; r < own; ++r)
        copy_row(*views[k], (serves_all ? 0 : number * own) + r, own_columns, at.operands[k] + r * own_columns);
    }
    operation.kernel(call);
    for (int r = 0; r < unit; ++r) {
      put_row(at.result + r * columns, columns, at.block + (row - first) * width, fused.accumulator_panel_stride);
      ++row;
      if (row - first < at.block_rows && row < tile.row_end) continue;
      anchor.fused(fused, {first, row, 0, panels});
      first = row;
    }
  }
}

}  // namespace

const lower::Lowering rows_lowering{
    [](const lower::Program&, bool) { return &run_rows; },
    [](const plan::PlanView& plan, const plan::Group& group, AnchorCall& call) {
      const Node& node = plan.graph[group.node];
      call.row_operation = node.row_operation;
      call.value = node.value;
      call.shapes[result_shape] = node.shape;
      const int values[] = {group.a, group.b, group.c};
      View* const views[] = {&call.a, &call.b, &call.c};
      for (int k = 0; k < node.row_operation->operands; ++k) {
        call.shapes[k] = plan.graph[node.inputs[k]].shape;
        // A single row serves all.
        const plan::Value& value = plan.values[values[k]];
        if (!value.has_batch && value.rows == 1) views[k]->row_stride = 0;
      }
    },
};

}  // namespace isthmus::ops
