// Whether a model was compiled for the library that it is linked with: a question to the linker.
#pragma once

#include <isthmus.h>
#include <isthmus/lower/products.hpp>
#include <isthmus/lower/weights.hpp>

#include <cstddef>
#include <cstdint>

namespace isthmus {

namespace detail {

/// A number for everything that a compiled model hands to the library: how large it is, and how many words it has.
constexpr std::uint32_t layout_of_models() {
  std::uint32_t hash = 2166136261u;  // FNV-1a
  for (const std::size_t number :
       {sizeof(Node), sizeof(plan::Value), sizeof(plan::Group), sizeof(plan::Instruction), sizeof(plan::PlanView),
        sizeof(lower::Program), sizeof(lower::AnchorCall), sizeof(lower::Kernels), sizeof(lower::ProductKernels),
        sizeof(lower::WeightKernels), static_cast<std::size_t>(Op::assign),
        static_cast<std::size_t>(plan::Anchor::scalar), static_cast<std::size_t>(plan::Code::compute)})
    hash = (hash ^ static_cast<std::uint32_t>(number)) * 16777619u;
  return hash;
}

}  // namespace detail

/// Defined in the library for what it was built as, and nowhere else.
template <int major, int minor, std::uint32_t layout>
void model_needs_library_of_version();
template <>
void model_needs_library_of_version<ISTHMUS_VERSION_MAJOR, ISTHMUS_VERSION_MINOR, detail::layout_of_models()>();

/// Does nothing: a unit that calls it links with the library that its headers belong to, and with no other one.
inline void require_library() {
  model_needs_library_of_version<ISTHMUS_VERSION_MAJOR, ISTHMUS_VERSION_MINOR, detail::layout_of_models()>();
}

}  // namespace isthmus
