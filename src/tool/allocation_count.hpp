// Counts what the process allocates, for `bench`: a step is not to allocate at all.
#pragma once

#include <cstdint>

namespace isthmus::tool {

/// Calls of operator new, and in builds without sanitizers of malloc and its like, by any thread so far.
std::int64_t allocation_count();

}  // namespace isthmus::tool
