// The number of processors that a process may use, for callers that were not told a number of threads.
#pragma once

#include <limits>
#include <string>

namespace isthmus::run {

/// Counts of processors.
struct Processors {
  int of_machine = 1;  ///< all processors
  int bound_to = 1;    ///< those in this process's affinity mask
  /// The average number that the cgroups allow: the smallest quota of the process's cgroup and its ancestors.
  double quota = std::numeric_limits<double>::infinity();

  /// Threads for one of so many processes that share the machine and the quota; at least one. A part of a
  /// processor is none: a thread that is throttled holds up all that wait for it.
  int threads_of_each(int processes = 1) const noexcept;
};

/// Reads the counts from Linux; a file that cannot be read sets no limit. Both versions of cgroups are asked:
/// `cpu.max`, and `cpu.cfs_quota_us` over `cpu.cfs_period_us`. `root` is where /proc and /sys are looked for.
Processors find_processors(const std::string& root = "");

/// `find_processors().threads_of_each()`, found out once.
int threads_of_process();

}  // namespace isthmus::run
