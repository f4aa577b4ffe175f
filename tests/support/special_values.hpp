// Values at which formulas that mean the same may differ: NaN, infinities, zeros of either sign, ends of the range.
#pragma once

#include <isthmus/graph.hpp>

#include <array>
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

/// The elementwise operations of one and of two operands, as the graph's vocabulary has them: a new one is tested
/// wherever these are gone through.
template <Op first, Op last>
constexpr auto operations_from_to() {
  std::array<Op, static_cast<std::size_t>(last) - static_cast<std::size_t>(first) + 1> all{};
  for (std::size_t i = 0; i < all.size(); ++i) all[i] = static_cast<Op>(static_cast<std::size_t>(first) + i);
  return all;
}
inline constexpr auto unary_operations = operations_from_to<Op::negate, static_cast<Op>(static_cast<int>(Op::add) - 1)>();
inline constexpr auto binary_operations =
    operations_from_to<Op::add, static_cast<Op>(static_cast<int>(Op::select) - 1)>();

/// Operands of an operation: between these values it has no pole and no kink.
struct OperandRange {
  double low = -3, high = 3;
};
inline OperandRange range_of(Op op) {
  if (op == Op::log || op == Op::sqrt || op == Op::divide) return {0.1, 3};
  return {};
}

inline double special_answer(Op op, float x, float y, float value) {
  return reference::evaluate(op, double{x}, double{y}, 0.25, double{value});
}

}  // namespace isthmus::testing
