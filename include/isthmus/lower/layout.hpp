// A fingerprint of the structures that a compiled model hands to the library: it is equal in both if they were
// compiled from the same headers.
#pragma once

#include <isthmus/hash.hpp>
#include <isthmus/lower/products.hpp>
#include <isthmus/lower/weights.hpp>

#include <cstddef>
#include <cstdint>

namespace isthmus::lower {

/// A hash of how large everything is, and of how many words it has.
constexpr std::uint32_t layout_of_programs() {
  Fnv1a32 hash;
  for (const std::size_t number :
       {sizeof(Node), sizeof(plan::Value), sizeof(plan::Group), sizeof(plan::Instruction), sizeof(plan::PlanView),
        sizeof(Program), sizeof(AnchorCall), sizeof(Kernels), sizeof(ProductKernels), sizeof(WeightKernels),
        std::size_t{operation_count}, std::size_t{plan::anchor_count},
        static_cast<std::size_t>(plan::Code::compute)})
    hash.add(static_cast<std::uint32_t>(number));
  return hash.value;
}

}  // namespace isthmus::lower
