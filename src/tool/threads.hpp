// The tool is the host: it owns the threads that the library computes with.
#pragma once

#include <functional>

namespace isthmus::tool {

/// `threads`, or as many as this process may use at the same time if it is 0.
int threads_or_all(int threads);

/// The default number of threads for one of `processes` processes on this machine.
int threads_of_process(int processes);

/// The constraints on where threads may run, as oneTBB has them (with its library tbbbind; without, they run
/// anywhere).
struct Placement {
  int numa_node = -1;        ///< the system's number of a node; -1: any
  int threads_per_core = 0;  ///< at most; 0: as many as the core has
};

/// Calls `work` in an arena of that many threads. Throws Error, with those that there are, if there is no such
/// node.
void run_with_threads(int threads, const std::function<void()>& work, const Placement& placement = {});

}  // namespace isthmus::tool
