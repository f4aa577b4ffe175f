// Checks that samples are finite: a NaN or an infinity in one of them would be in every weight after the step.
#pragma once

#include <isthmus/run/samples.hpp>

#include <optional>

namespace isthmus::run {

/// The position of a value among samples.
struct SamplePlace {
  int sample = 0;
  std::int64_t value = 0;  ///< within the sample, row-major
};

/// The first value that is NaN or infinite, if there is one. Reads each value once, at the memory's speed.
std::optional<SamplePlace> first_not_finite(Samples samples, int per_sample) noexcept;

}  // namespace isthmus::run
