#include "ops/image_map.hpp"
#include "ops/lowerings.hpp"

namespace isthmus::ops {

using lower::Program;

const lower::Lowering max_pool_lowering{[](const Program& program, bool) { return program.kernels->max_pool; },
                                        bind_image};
const lower::Lowering max_unpool_lowering{[](const Program& program, bool) { return program.kernels->max_unpool; },
                                          bind_image};
const lower::Lowering max_gather_lowering{[](const Program& program, bool) { return program.kernels->max_gather; },
                                          bind_image};

}  // namespace isthmus::ops
