// The value of an elementwise operation, in double.
#pragma once

#include <isthmus/builder.hpp>

namespace isthmus {

/// Evaluates one elementwise operation in double; `value` is the node's. Allocates nothing.
double evaluate(const Elementwise& function, double a, double b, double c, double value);

}  // namespace isthmus
