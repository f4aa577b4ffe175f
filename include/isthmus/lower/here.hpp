// Compiles models for the SIMD target of this translation unit's flags (static dispatch).
#pragma once

#include <isthmus/run/linkage.hpp>

#include <isthmus/lower/program-inl.h>

#if HWY_TARGET == HWY_SCALAR && !defined(ISTHMUS_ALLOW_SCALAR)
#warning "Isthmus: these flags give one-lane code; add -march=native, or use isthmus_add_model()"
#endif

namespace isthmus {

template <class M, Role role>
lower::Program CompiledHere::program() {
  return lower::HWY_NAMESPACE::program_for<M, role>();
}

}  // namespace isthmus
