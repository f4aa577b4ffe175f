// The kernels of gather and scatter: copies and sums of rows, the same code for every SIMD target.
#pragma once

#include <isthmus/lower/program.hpp>

namespace isthmus::lower {

/// Rows of the table `b` by the numbers in `a`, or rows with a one in the column of the number where there is no
/// table. A number that is none of the table's rows gives a row of NaN.
void gather_rows(const AnchorCall& call, const Tile& tile);

/// To each row of the result the sum of those rows of `b` whose number in `a` is this row's, in the samples'
/// order. Rows whose number is none of the result's are left out.
void scatter_rows(const AnchorCall& call, const Tile& tile);

}  // namespace isthmus::lower
