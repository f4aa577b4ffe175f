// Checks that values are finite, at the bandwidth of the memory that they are in.
#pragma once

#include <cstdint>

namespace isthmus::lower {

/// True if none of `count` values is NaN or infinite. By the best SIMD target of this CPU.
bool all_finite(const float* values, std::int64_t count) noexcept;

}  // namespace isthmus::lower
