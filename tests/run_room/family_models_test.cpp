// The models of every family, compiled for every SIMD target: what isthmus_add_model() generates, by hand.
#include <isthmus/lower/targets.hpp>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "run_room/family_models_test.cpp"
#include <hwy/foreach_target.h>

#include "run_room/family_models.hpp"

#include <isthmus/lower/bind-inl.h>

HWY_BEFORE_NAMESPACE();
namespace isthmus::testing::HWY_NAMESPACE {

#define ISTHMUS_TEST_BIND_ROLE(M, role) \
  lower::Program bind_##M##_##role() { return lower::HWY_NAMESPACE::bind<M, Role::role>(); }
#define ISTHMUS_TEST_BIND(M) ISTHMUS_TEST_FAMILY_ROLES(ISTHMUS_TEST_BIND_ROLE, M)
ISTHMUS_TEST_FAMILIES(ISTHMUS_TEST_BIND)
#undef ISTHMUS_TEST_BIND
#undef ISTHMUS_TEST_BIND_ROLE

}  // namespace isthmus::testing::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace isthmus::testing {

#define ISTHMUS_TEST_CHOOSE_ROLE(M, role) \
  HWY_EXPORT(bind_##M##_##role);          \
  lower::Program chosen_##M##_##role() { return HWY_DYNAMIC_DISPATCH(bind_##M##_##role)(); }
#define ISTHMUS_TEST_CHOOSE(M) ISTHMUS_TEST_FAMILY_ROLES(ISTHMUS_TEST_CHOOSE_ROLE, M)
ISTHMUS_TEST_FAMILIES(ISTHMUS_TEST_CHOOSE)

}  // namespace isthmus::testing

namespace isthmus {

#define ISTHMUS_TEST_LINK_ROLE(M, role)                     \
  template <>                                               \
  lower::Program linked_program<testing::M, Role::role>() { \
    return testing::chosen_##M##_##role();                  \
  }
#define ISTHMUS_TEST_LINK(M) ISTHMUS_TEST_FAMILY_ROLES(ISTHMUS_TEST_LINK_ROLE, M)
ISTHMUS_TEST_FAMILIES(ISTHMUS_TEST_LINK)

}  // namespace isthmus
#endif
