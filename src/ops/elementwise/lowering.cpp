#include "lower/scalar_call.hpp"
#include "ops/lowerings.hpp"

namespace isthmus::ops {

const lower::Lowering elementwise_lowering{
    [](const lower::Program&, bool) -> lower::Kernel {
      return [](const lower::AnchorCall& call, const lower::Tile& tile) { call.fused(call.call, tile); };
    },
    bind_nothing,
};

const lower::Lowering scalar_lowering{
    [](const lower::Program&, bool) -> lower::Kernel {
      return [](const lower::AnchorCall& call, const lower::Tile&) { run_scalar_group(*call.scalars, 0); };
    },
    bind_nothing,
};

}  // namespace isthmus::ops
