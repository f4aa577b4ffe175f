#include "ops/dumps.hpp"

namespace isthmus::ops {

constexpr OperationText gather_text{.name = "gather", .attributes = no_attributes, .drawn = ""};
constexpr OperationText scatter_text{.name = "scatter", .attributes = no_attributes, .drawn = ""};

constexpr AnchorText gather_anchor{
    .name = "gather", .names_group = false, .accumulator = call_of_anchor, .result = nullptr};
constexpr AnchorText scatter_anchor{
    .name = "scatter", .names_group = false, .accumulator = call_of_anchor, .result = nullptr};

}  // namespace isthmus::ops
