// Functions for which own_kernel.cpp chooses a SIMD target.
#pragma once

#include <isthmus/ops/row_operation.hpp>

namespace own {

/// x / √(mean of x² + ε), of a row.
void normalize(const isthmus::RowCall& call) noexcept;
/// The name of the target that it runs on.
const char* target();

}  // namespace own
