// What a process that may be harmed takes upon itself.
#pragma once

#include <chrono>
#include <cstdint>

namespace isthmus::interchange {

/// From now on this process may take so many bytes beyond those that it has: an allocation of more fails. Does
/// nothing where the system does not say how many it has.
void limit_memory(std::uint64_t bytes);

/// Unless another limit is set within this time, the process is ended by the signal SIGALRM; 0 sets none.
void limit_time(std::chrono::seconds limit);

}  // namespace isthmus::interchange
