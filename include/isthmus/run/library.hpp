// Lets the linker check that a model was compiled for the library that it is linked with.
#pragma once

#include <isthmus.h>
#include <isthmus/lower/layout.hpp>

#include <cstdint>

namespace isthmus {

/// Defined in the library for what it was built as, and nowhere else.
template <int major, int minor, std::uint32_t layout>
void model_needs_library_of_version();
template <>
void model_needs_library_of_version<ISTHMUS_VERSION_MAJOR, ISTHMUS_VERSION_MINOR, lower::layout_of_programs()>();

/// Does nothing: a unit that calls it links with the library that its headers belong to, and with no other one.
inline void require_library() {
  model_needs_library_of_version<ISTHMUS_VERSION_MAJOR, ISTHMUS_VERSION_MINOR, lower::layout_of_programs()>();
}

}  // namespace isthmus
