// What an elementwise operation means, as a number.
#pragma once

#include <isthmus/graph.hpp>

namespace isthmus {

/// One elementwise operation in double; `value` is the node's. NaN and zeros of either sign have the kernels'
/// answers: a NaN goes through, but a comparison with one is false; of two equal operands the first one is the
/// larger and the smaller one. Throws std::logic_error for what is no elementwise operation.
double evaluate(Op op, double a, double b, double c, double value);

}  // namespace isthmus
