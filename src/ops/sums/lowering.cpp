#include "lower/scalar_call.hpp"
#include "ops/lowerings.hpp"

namespace isthmus::ops {

using lower::AnchorCall;
using lower::Program;
using lower::Tile;

const lower::Lowering column_sum_lowering{[](const Program& program, bool) { return program.kernels->column_sum; },
                                          bind_nothing};
const lower::Lowering row_sum_lowering{[](const Program& program, bool) { return program.kernels->row_sum; },
                                       bind_nothing};
const lower::Lowering total_sum_lowering{
    [](const Program&, bool) -> lower::Kernel {
      return [](const AnchorCall& call, const Tile&) {
        run_scalar_group(*call.scalars, lower::total_sum(call.a, call.a_rows, plan::panels_of(call.a_columns)));
      };
    },
    bind_nothing,
};

}  // namespace isthmus::ops
