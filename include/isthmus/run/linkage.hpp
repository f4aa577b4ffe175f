// The linkage of a model's program: compiled in this translation unit (a plain include), or in a separate one that
// isthmus_add_model() makes, which chooses the SIMD target at run time. The two have different types, so no
// function has two bodies.
#pragma once

#include <isthmus/lower/program.hpp>
#include <isthmus/plan/stages.hpp>

namespace isthmus {

/// The program is compiled where it is used, for the SIMD target of that translation unit's flags.
struct CompiledHere {
  template <class M, Role role>
  static lower::Program program();  // Defined in isthmus/lower/here.hpp.
};

/// The program is linked: isthmus_add_model() has specialised this for the model and role.
template <class M, Role role>
lower::Program linked_program();

struct Linked {
  template <class M, Role role>
  static lower::Program program() {
    return linked_program<M, role>();
  }
};

/// The linkage that a model uses; the header that isthmus_add_model() generates says Linked.
template <class M>
struct linkage_of {
  using type = CompiledHere;
};

template <class M>
using default_linkage = typename linkage_of<M>::type;

}  // namespace isthmus
