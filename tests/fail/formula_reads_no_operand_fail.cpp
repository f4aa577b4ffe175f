// expect: a_formula_reads_what_its_operation_does_not_have
// `.operands = 2` was forgotten.
#include <isthmus/declare.hpp>

using namespace isthmus;

inline constexpr Elementwise ratio{
    {.name = "ratio", .formula = [](const Operands& o) { return o.a / (1.0f + abs(o.b)); }}};
