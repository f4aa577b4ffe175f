// The denoising model without a bound on its memory, and within half of what it then takes at batch 512.
#pragma once

#include <isthmus/declare.hpp>

#include "../../graphs/denoising.hpp"

namespace bench {

struct Unbounded : graphs::Denoising {};
struct Halved : graphs::Denoising {
  static constexpr auto training =
      isthmus::train(model, isthmus::mean_squared_error, isthmus::adam{}, isthmus::memory_budget<61'000'000, 512>);
};

}  // namespace bench
