#include "ops/image_map.hpp"
#include "ops/lowerings.hpp"

namespace isthmus::ops {

const lower::Lowering resample_lowering{
    [](const lower::Program& program, bool) { return program.kernels->resample; }, bind_image};

}  // namespace isthmus::ops
