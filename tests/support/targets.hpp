// Runs a test once for each SIMD target that was compiled and that this CPU has.
#pragma once

#include <isthmus/lower/targets.hpp>

#include "support/catch.hpp"

#include <hwy/targets.h>

namespace isthmus::testing {

template <class Body>
void for_each_target(Body body) {
  for (const auto target : hwy::SupportedAndGeneratedTargets()) {
    hwy::SetSupportedTargetsForTest(target);
    INFO("SIMD target " << hwy::TargetName(target));
    body();
  }
  hwy::SetSupportedTargetsForTest(0);
}

}  // namespace isthmus::testing
