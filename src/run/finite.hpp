// Checks that samples are what the model takes: a NaN or an infinity in one of them would be in every weight after
// the step.
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

/// The first value that is infinite, or NaN unless values may be missing, or of indices the first that is no whole
/// number below the number of classes; nothing if all are right. Reads each value once, finite numbers at the
/// memory's speed.
std::optional<SamplePlace> first_wrong(Samples samples, const plan::InputPort& port) noexcept;

}  // namespace isthmus::run
