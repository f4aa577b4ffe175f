#include "ops/leaves/known.hpp"
#include "interchange/known_operation.hpp"

// No switch here has a default: a new operation has to be thought of.
#pragma GCC diagnostic error "-Wswitch"

namespace isthmus::interchange {

const KnownOperation& known_operation(Op op) {
  static constexpr KnownOperation constant{.values = constant_value}, one_hot{.values = one_hot_row},
      alias{.is_alias = true}, other{};
  switch (op) {
    case Op::constant: return constant;
    case Op::one_hot: return one_hot;
    case Op::reshape:
    case Op::bottleneck: return alias;
    case Op::input:
    case Op::parameter:
    case Op::state:
    case Op::host_scalar:
    case Op::elementwise:
    case Op::broadcast:
    case Op::sum_to:
    case Op::transpose:
    case Op::matmul:
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
    case Op::random:
    case Op::conv2d:
    case Op::conv2d_transpose:
    case Op::conv2d_weights:
    case Op::conv2d_pack:
    case Op::conv2d_restore:
    case Op::max_pool:
    case Op::max_unpool:
    case Op::max_gather:
    case Op::resample:
    case Op::by_mode:
    case Op::all_reduce:
    case Op::output:
    case Op::side_output:
    case Op::assign: break;
  }
  return other;
}

}  // namespace isthmus::interchange
