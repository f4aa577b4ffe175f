#include <isthmus/lower/products.hpp>

#include "ops/lowerings.hpp"

namespace isthmus::ops {

const lower::Lowering matmul_lowering{
    [](const lower::Program& program, bool) {
      return program.products != nullptr ? program.products->matmul : program.kernels->matmul;
    },
    bind_nothing,
};

const lower::Lowering transpose_lowering{
    [](const lower::Program& program, bool) { return program.kernels->transpose; }, bind_nothing};

}  // namespace isthmus::ops
