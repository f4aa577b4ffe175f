// expect: an_elementwise_operation_needs_a_name
#include <isthmus/declare.hpp>

using namespace isthmus;

inline constexpr Elementwise doubled{{.formula = [](const Operands& o) { return o.a + o.a; }}};
