// Checks that samples are finite: a NaN or an infinity in one of them would be in every weight after the step.
#pragma once

#include <isthmus/plan/inputs.hpp>
#include <isthmus/run/samples.hpp>

#include <optional>

namespace isthmus::run {

/// The position of a value among samples.
struct SamplePlace {
  int sample = 0;
  std::int64_t value = 0;  ///< within the sample, row-major
};

/// The first value that is infinite, or NaN unless values may be missing, if there is one. Reads each value once,
/// at the memory's speed if none is missing.
std::optional<SamplePlace> first_not_finite(Samples samples, const plan::InputPort& port) noexcept;

}  // namespace isthmus::run
