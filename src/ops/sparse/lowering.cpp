#include "ops/lowerings.hpp"

namespace isthmus::ops {

using lower::Program;

const lower::Lowering top_k_lowering{[](const Program& program, bool) { return program.kernels->top_k; },
                                     bind_nothing};
const lower::Lowering sparse_scatter_lowering{
    [](const Program& program, bool) { return program.kernels->sparse_scatter; }, bind_nothing};
const lower::Lowering sparse_gather_lowering{
    [](const Program& program, bool) { return program.kernels->sparse_gather; }, bind_nothing};
const lower::Lowering sparse_matmul_lowering{
    [](const Program& program, bool) { return program.kernels->sparse_matmul; }, bind_shapes};
const lower::Lowering sampled_matmul_lowering{
    [](const Program& program, bool) { return program.kernels->sampled_matmul; }, bind_shapes};
const lower::Lowering sparse_outer_lowering{
    [](const Program& program, bool) { return program.kernels->sparse_outer; }, bind_shapes};

}  // namespace isthmus::ops
