// The kernel of regions, concatenations and permutations: copies of values, the same code for every SIMD target.
#pragma once

#include <isthmus/lower/program.hpp>

namespace isthmus::lower {

/// Computes a tile of one of them; `call.image.op` says which.
void move_values(const AnchorCall& call, const Tile& tile);

}  // namespace isthmus::lower
