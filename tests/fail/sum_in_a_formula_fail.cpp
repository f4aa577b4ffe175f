// expect: a_formula_consists_of_elementwise_operations_and_numbers
// A formula knows one number of its operand, not the row that it is in.
#include <isthmus/declare.hpp>

using namespace isthmus;

inline constexpr Elementwise norm{
    {.name = "norm", .formula = [](const Operands& o) { return o.a / sum(abs(o.a)); }}};
