// expect: a_formula_consists_of_elementwise_operations_and_numbers
#include <isthmus/declare.hpp>

using namespace isthmus;

inline constexpr Elementwise mine{
    {.name = "mine", .formula = [](const Operands& o) { return o.a * softmax(o.a); }}};
