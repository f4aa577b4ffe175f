#include "ops/imports.hpp"

// No switch here has a default: a new operation has to be thought of.
#pragma GCC diagnostic error "-Wswitch"

namespace isthmus::interchange {

const ImportOperation& import_operation(Op op) {
  static constexpr ImportOperation by_value{.carry = carry_by_value}, data{.gives_data = true}, other{};
  switch (op) {
    case Op::transpose: return imports::transpose;
    case Op::matmul: return imports::matmul;
    case Op::reshape: return imports::reshape;
    case Op::conv2d: return imports::conv2d;
    case Op::conv2d_transpose: return imports::conv2d_transpose;
    case Op::elementwise:
    case Op::broadcast:
    case Op::sum_to:
    case Op::by_mode:
    case Op::bottleneck: return by_value;
    case Op::input:
    case Op::random: return data;
    case Op::parameter:
    case Op::state:
    case Op::constant:
    case Op::one_hot:
    case Op::host_scalar:
    case Op::batched_matmul:
    case Op::region:
    case Op::concat:
    case Op::permute:
    case Op::gather:
    case Op::scatter:
    case Op::recurrence:
    case Op::recurrence_gradient:
    case Op::rows:
    case Op::top_k:
    case Op::sparse_scatter:
    case Op::sparse_gather:
    case Op::sparse_matmul:
    case Op::sampled_matmul:
    case Op::sparse_outer:
    case Op::conv2d_weights:
    case Op::conv2d_pack:
    case Op::conv2d_restore:
    case Op::max_pool:
    case Op::max_unpool:
    case Op::max_gather:
    case Op::resample:
    case Op::all_reduce:
    case Op::output:
    case Op::side_output:
    case Op::assign: break;
  }
  return other;
}

}  // namespace isthmus::interchange
