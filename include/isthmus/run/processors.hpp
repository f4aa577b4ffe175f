// How many processors a process may compute with, for those who have not been told how many threads to take.
#pragma once

#include <limits>
#include <string>

namespace isthmus::run {

/// Counts of processors.
struct Processors {
  int of_machine = 1;  ///< that are there
  int bound_to = 1;    ///< that this process's affinity mask allows
  /// What the cgroups allow on average, that of the process and those around it: the smallest quota on the way up.
  double quota = std::numeric_limits<double>::infinity();

  /// Threads for one of so many processes that share the machine and the quota; at least one. A part of a processor is
  /// none: a thread that is throttled holds up all that wait for it.
  int threads_of_each(int processes = 1) const noexcept;
};

/// As Linux says it; what cannot be read allows everything. Of cgroups both versions are asked: `cpu.max`, and
/// `cpu.cfs_quota_us` over `cpu.cfs_period_us`. `root` is where /proc and /sys are looked for.
Processors find_processors(const std::string& root = "");

/// `find_processors().threads_of_each()`, found out once.
int threads_of_process();

}  // namespace isthmus::run
