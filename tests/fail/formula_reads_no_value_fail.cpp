// expect: a_formula_reads_what_its_operation_does_not_have
// `.has_value = true` was forgotten.
#include <isthmus/declare.hpp>

using namespace isthmus;

inline constexpr Elementwise scaled{
    {.name = "scaled", .formula = [](const Operands& o) { return o.a * o.value; }}};
