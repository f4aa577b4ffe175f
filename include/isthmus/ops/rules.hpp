// The rules of all operations but the elementwise ones, whose rows are their rules.
#pragma once

#include <isthmus/ops/batched_matmul.hpp>
#include <isthmus/ops/conv2d.hpp>
#include <isthmus/ops/gather.hpp>
#include <isthmus/ops/matmul.hpp>
#include <isthmus/ops/max_pool.hpp>
#include <isthmus/ops/movement.hpp>
#include <isthmus/ops/random.hpp>
#include <isthmus/ops/recurrence.hpp>
#include <isthmus/ops/resample.hpp>
#include <isthmus/ops/reshape.hpp>
#include <isthmus/ops/rows.hpp>
#include <isthmus/ops/sparse.hpp>
#include <isthmus/ops/structure.hpp>
#include <isthmus/ops/sums.hpp>

#include <stdexcept>

namespace isthmus::ops {

constexpr const OperationRule& rule_of(Op op) {
  switch (op) {
    case Op::input:
    case Op::parameter:
    case Op::state:
    case Op::constant:
    case Op::one_hot:
    case Op::host_scalar: return leaf_rule;
    case Op::random: return random_rule;
    case Op::broadcast: return broadcast_rule;
    case Op::sum_to: return sum_to_rule;
    case Op::transpose: return transpose_rule;
    case Op::matmul: return matmul_rule;
    case Op::batched_matmul: return batched_matmul_rule;
    case Op::reshape: return reshape_rule;
    case Op::region: return region_rule;
    case Op::concat: return concat_rule;
    case Op::permute: return permute_rule;
    case Op::gather: return gather_rule;
    case Op::scatter: return scatter_rule;
    case Op::recurrence: return recurrence_rule;
    case Op::recurrence_gradient: return recurrence_gradient_rule;
    case Op::rows: return rows_rule;
    case Op::top_k: return top_k_rule;
    case Op::sparse_scatter: return sparse_scatter_rule;
    case Op::sparse_gather: return sparse_gather_rule;
    case Op::sparse_matmul: return sparse_matmul_rule;
    case Op::sampled_matmul: return sampled_matmul_rule;
    case Op::sparse_outer: return sparse_outer_rule;
    case Op::conv2d: return conv2d_rule;
    case Op::conv2d_transpose: return conv2d_transpose_rule;
    case Op::conv2d_weights: return conv2d_weights_rule;
    case Op::conv2d_pack: return conv2d_pack_rule;
    case Op::conv2d_restore: return conv2d_restore_rule;
    case Op::max_pool: return max_pool_rule;
    case Op::max_unpool: return max_unpool_rule;
    case Op::max_gather: return max_gather_rule;
    case Op::resample: return resample_rule;
    case Op::bottleneck: return bottleneck_rule;
    case Op::by_mode: return by_mode_rule;
    case Op::all_reduce: return all_reduce_rule;
    case Op::output:
    case Op::side_output:
    case Op::assign: return sink_rule;
    case Op::elementwise: break;
  }
  throw std::logic_error("rule: expected an operation that is not elementwise");
}

}  // namespace isthmus::ops
