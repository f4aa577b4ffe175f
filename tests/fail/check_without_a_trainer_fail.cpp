// expect: operands_have_different_shapes<.*layer<.*"wide".*shape<4>.*shape<5>
// A mistake is found by a check behind the declaration: no trainer is needed.
#include <isthmus/declare.hpp>
#include <isthmus/plan/stages.hpp>

using namespace isthmus;

struct Bad {
  static constexpr auto model = graph([](Scope& g) {
    const Tensor code = bottleneck(dense<3>(g.input<5>("x"), "code"));
    return dense<4>(code, "narrow") + dense<5>(code, "wide");
  });
};

static_assert(isthmus::check<Bad>);
