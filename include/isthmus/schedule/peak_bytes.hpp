// The memory that a schedule would take.
#pragma once

#include <isthmus/schedule/simulate.hpp>

#include <cstdint>
#include <vector>

namespace isthmus::schedule {

/// The largest sum of buffers that are in use at the same time, each from the predicted start of its first task to
/// the predicted end of its last one. A buffer that ends when another one starts gives it its place.
std::int64_t peak_bytes(const std::vector<Buffer>& buffers, const Prediction& prediction);

}  // namespace isthmus::schedule
