// Which random models a test goes through: ISTHMUS_DIFFERENTIAL_MODELS of them (default 150), from
// ISTHMUS_DIFFERENTIAL_SEED on (default 1).
#pragma once

#include <cstdint>
#include <cstdlib>

#include "differential/subject.hpp"
#include "support/catch.hpp"

namespace isthmus::testing {

inline std::uint32_t number_from(const char* name, std::uint32_t otherwise) {
  const char* const text = std::getenv(name);
  return text == nullptr ? otherwise : static_cast<std::uint32_t>(std::strtoul(text, nullptr, 10));
}

/// Calls check(subject) for one of `every` models, with or without operations over whole samples.
template <class Check>
void for_each_model(const Check& check, std::uint32_t every = 1, bool with_samples = true) {
  const std::uint32_t first = number_from("ISTHMUS_DIFFERENTIAL_SEED", 1);
  const std::uint32_t count = number_from("ISTHMUS_DIFFERENTIAL_MODELS", 150);
  for (std::uint32_t seed = first; seed < first + count; seed += every) {
    INFO("random model " << seed);
    check(Subject(seed, with_samples));
  }
}

}  // namespace isthmus::testing
