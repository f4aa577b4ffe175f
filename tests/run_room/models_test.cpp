// The test models, compiled for every SIMD target. One unit for all: what isthmus_add_model() generates, by
// hand.
#include <isthmus/lower/targets.hpp>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "run_room/models_test.cpp"
#include <hwy/foreach_target.h>

#include "run_room/models.hpp"

#include <isthmus/lower/bind-inl.h>

HWY_BEFORE_NAMESPACE();
namespace isthmus::testing::HWY_NAMESPACE {

template <class M>
lower::Program bind_role(Role role) {
  namespace target = lower::HWY_NAMESPACE;
  switch (role) {
    case Role::train:
      return target::bind<M, Role::train>();
    case Role::evaluate:
      return target::bind<M, Role::evaluate>();
    case Role::reconstruct:
      return target::bind<M, Role::reconstruct>();
    case Role::encode:
      return target::bind<M, Role::encode>();
    default:
      return target::bind<M, Role::decode>();
  }
}

#define ISTHMUS_TEST_BIND(M) \
  lower::Program bind_##M(Role role) { return bind_role<M>(role); }
ISTHMUS_TEST_MODELS(ISTHMUS_TEST_BIND)
#undef ISTHMUS_TEST_BIND

}  // namespace isthmus::testing::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace isthmus::testing {

#define ISTHMUS_TEST_CHOOSE(M) \
  HWY_EXPORT(bind_##M);        \
  lower::Program chosen_##M(Role role) { return HWY_DYNAMIC_DISPATCH(bind_##M)(role); }
ISTHMUS_TEST_MODELS(ISTHMUS_TEST_CHOOSE)

}  // namespace isthmus::testing

namespace isthmus {

#define ISTHMUS_TEST_PROGRAM(M, role)                       \
  template <>                                               \
  lower::Program linked_program<testing::M, Role::role>() { \
    return testing::chosen_##M(Role::role);                 \
  }
#define ISTHMUS_TEST_PROGRAMS(M)       \
  ISTHMUS_TEST_PROGRAM(M, train)       \
  ISTHMUS_TEST_PROGRAM(M, evaluate)    \
  ISTHMUS_TEST_PROGRAM(M, reconstruct) \
  ISTHMUS_TEST_PROGRAM(M, encode)      \
  ISTHMUS_TEST_PROGRAM(M, decode)
ISTHMUS_TEST_MODELS(ISTHMUS_TEST_PROGRAMS)

}  // namespace isthmus
#endif
