// expect: a_formula_has_at_most_28_operations_and_numbers
#include <isthmus/declare.hpp>

using namespace isthmus;

constexpr Tensor nested(const Operands& o) {
  Tensor y = o.a;
  for (int i = 0; i < 29; ++i) y = sin(y);
  return y;
}
inline constexpr Elementwise waves{{.name = "waves", .formula = nested}};
