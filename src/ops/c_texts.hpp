// Every operation's part in the export as C: each is in its family's c_text.cpp.
#pragma once

#include "interchange/c_operation.hpp"

namespace isthmus::interchange {

/// `has` for operations that the export as C supports in each of their forms.
inline bool in_every_form(const Node&) { return true; }

namespace c_text {

extern const COperation elementwise, broadcast, sum_to, transpose, matmul, batched_matmul, region, concat, permute,
    gather, recurrence, rows, top_k, sparse_scatter, conv2d, conv2d_transpose, max_pool, resample, output,
    side_output;

}  // namespace c_text
}  // namespace isthmus::interchange
