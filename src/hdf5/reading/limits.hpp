// Limits of resources that a process sets for itself before it reads files that may be damaged.
#pragma once

#include <chrono>
#include <cstdint>

namespace isthmus::interchange {

/// Limits the memory of this process to `bytes` more than it has now: an allocation of more fails. Does nothing if
/// the system does not tell how much it has.
void limit_memory(std::uint64_t bytes);

/// Unless another limit is set within this time, the process is ended by the signal SIGALRM; 0 sets none.
void limit_time(std::chrono::seconds limit);

}  // namespace isthmus::interchange
