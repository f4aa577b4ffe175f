#include "ops/imports.hpp"

namespace isthmus::interchange {

const ImportOperation imports::conv2d{.weights = 1};
const ImportOperation imports::conv2d_transpose{.weights = 1, .is_transposed_convolution = true};

}  // namespace isthmus::interchange
