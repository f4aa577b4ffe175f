// What an elementwise operation means, as a number.
#pragma once

#include <isthmus/builder.hpp>

namespace isthmus {

/// One elementwise operation in double; `value` is the node's. Allocates nothing.
double evaluate(const Elementwise& function, double a, double b, double c, double value);

}  // namespace isthmus
