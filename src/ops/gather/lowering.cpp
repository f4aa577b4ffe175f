#include "ops/lowerings.hpp"

namespace isthmus::ops {

const lower::Lowering gather_lowering{[](const lower::Program& program, bool) { return program.kernels->gather; },
                                      bind_shapes};
const lower::Lowering scatter_lowering{
    [](const lower::Program& program, bool) { return program.kernels->scatter; }, bind_shapes};

}  // namespace isthmus::ops
