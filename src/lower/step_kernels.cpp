#include "lower/step_kernels.hpp"

#include <isthmus/lower/products.hpp>

#include <algorithm>

#include "lower/rows.hpp"

namespace isthmus::lower {
namespace {

using plan::Anchor;

void run_fused(const AnchorCall& call, const Tile& tile) { call.fused(call.call, tile); }

void run_scalar_group(const ScalarCall& call, double accumulator) {
  const plan::PlanView& plan = *call.plan;
  const plan::Group& group = *call.group;
  for (int i = 0; i < group.operands; ++i)
    call.operands[i] = call.scalars->numbers[static_cast<std::size_t>(plan.operands[group.first_operand + i])];
  run_scalars(plan.instructions + group.first_instruction, group.instructions, accumulator, call.operands,
              call.instructions);
  for (int i = 0; i < group.results; ++i) {
    const plan::Result& result = plan.results[group.first_result + i];
    call.scalars->set(result.value, call.instructions[result.instruction]);
  }
}

void run_scalar(const AnchorCall& call, const Tile&) { run_scalar_group(*call.scalars, 0); }

void run_total_sum(const AnchorCall& call, const Tile&) {
  run_scalar_group(*call.scalars, total_sum(call.a, call.a_rows, plan::panels_of(call.a_columns)));
}

/// A gradient of no samples: the kernel starts its sums with the first one.
void clear_result(const AnchorCall& call, const Tile& tile) {
  const View& to = call.call.results[0];
  for (int p = tile.panel_begin; p < tile.panel_end; ++p)
    for (int r = tile.row_begin; r < tile.row_end; ++r)
      std::fill_n(to.data + r * to.row_stride + p * to.panel_stride, plan::panel_width, 0.0f);
}

}  // namespace

Kernel kernel_of(const Program& program, const plan::Group& group, bool has_samples) {
  const Kernels& kernels = *program.kernels;
  switch (group.anchor) {
    case Anchor::none: return &run_fused;
    case Anchor::matmul: return program.products != nullptr ? program.products->matmul : kernels.matmul;
    case Anchor::transpose: return kernels.transpose;
    case Anchor::column_sum: return kernels.column_sum;
    case Anchor::row_sum: return kernels.row_sum;
    case Anchor::total_sum: return &run_total_sum;
    case Anchor::rows: return &run_rows;
    case Anchor::reshape: return kernels.reshape;
    case Anchor::random: return kernels.random;
    case Anchor::conv2d: return kernels.conv2d;
    case Anchor::conv2d_weights: return has_samples ? kernels.conv2d_weights : &clear_result;
    case Anchor::conv2d_pack: return kernels.conv2d_pack;
    case Anchor::conv2d_restore: return kernels.conv2d_restore;
    case Anchor::max_pool: return kernels.max_pool;
    case Anchor::max_unpool: return kernels.max_unpool;
    case Anchor::max_gather: return kernels.max_gather;
    case Anchor::resample: return kernels.resample;
    case Anchor::scalar: return &run_scalar;
    case Anchor::all_reduce: break;
  }
  return nullptr;
}

}  // namespace isthmus::lower
