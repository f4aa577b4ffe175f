#include "ops/dumps.hpp"

namespace isthmus::ops {

constexpr OperationText reshape_text{.name = "reshape", .attributes = no_attributes, .drawn = ""};

constexpr AnchorText reshape_anchor{
    .name = "reshape", .names_group = true, .accumulator = call_of_anchor, .result = nullptr};

}  // namespace isthmus::ops
