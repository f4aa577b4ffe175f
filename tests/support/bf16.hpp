// Numbers of eight bits, by the definition.
#pragma once

#include <cmath>

namespace isthmus::testing {

/// The nearest number of eight bits of precision; of two, the one whose last bit is zero.
inline double nearest_bf16(double x) {
  if (x == 0 || !std::isfinite(x)) return x;
  int exponent = 0;
  const double fraction = std::frexp(x, &exponent);
  return std::ldexp(std::nearbyint(std::ldexp(fraction, 8)), exponent - 8);
}

}  // namespace isthmus::testing
