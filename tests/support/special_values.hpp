// Values at which formulas that mean the same may differ: NaN, infinities, zeros of either sign, ends of the
// range.
#pragma once

#include <cmath>
#include <limits>
#include <vector>

#include "support/reference.hpp"

namespace isthmus::testing {

inline const std::vector<float> special_values = {std::numeric_limits<float>::quiet_NaN(),
                                                  -std::numeric_limits<float>::infinity(),
                                                  -1000.0f,
                                                  -0.75f,
                                                  -0.0f,
                                                  0.0f,
                                                  0.75f,
                                                  1000.0f,
                                                  std::numeric_limits<float>::infinity()};

/// Every operand against every other: operands of binary operations, one after the other.
struct SpecialPairs {
  std::vector<float> first, second;
  SpecialPairs() {
    for (const float x : special_values)
      for (const float y : special_values) {
        first.push_back(x);
        second.push_back(y);
      }
  }
};

/// Both NaN, the same infinity, a zero of the same sign, or alike.
inline bool is_same_answer(float found, double expected) {
  const auto rounded = static_cast<float>(expected);
  if (std::isnan(rounded)) return std::isnan(found);
  if (std::isinf(rounded)) return found == rounded;
  if (rounded == 0) return found == 0 && std::signbit(found) == std::signbit(rounded);
  return std::fabs(double{found} - expected) < 1e-5 * std::fabs(expected);
}

/// The table's operations of so many operands: a new one is tested wherever these are gone through.
inline std::vector<const Elementwise*> operations_of(int operands) {
  std::vector<const Elementwise*> all;
  for (const Elementwise* const one : ops::table)
    if (one->row.operands == operands) all.push_back(one);
  return all;
}
inline const std::vector<const Elementwise*> unary_operations = operations_of(1);
inline const std::vector<const Elementwise*> binary_operations = operations_of(2);

inline double special_answer(const Elementwise& function, float x, float y, float value) {
  return reference::evaluate(function, double{x}, double{y}, 0.25, double{value});
}

}  // namespace isthmus::testing
