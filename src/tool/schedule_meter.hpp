// Policies side by side: what each takes, beside what was predicted and the bound.
#pragma once

#include "cost_cache.hpp"

#include <isthmus/run/registry.hpp>
#include <isthmus/schedule/policy.hpp>

#include <string>
#include <vector>

namespace isthmus::tool {

/// The results of one policy with one number of threads.
struct ScheduleRow {
  std::string policy;
  int threads = 1;
  double median_ms = 0;
  double predicted_ms = 0;  ///< simulated, with the measured costs
  double bound_ms = 0;      ///< no schedule takes less
  double efficiency = 0;    ///< the bound over the median
  std::int64_t peak_bytes = 0;
  int tasks = 0;  ///< those that compute something
  std::string weights_sha256;
};

struct ScheduleComparison {
  std::vector<ScheduleRow> rows;
  std::map<TaskKind, double> kinds;  ///< the costs that were measured meanwhile
};

/// Times steps of `subject` under each policy, in turns, so that a disturbance of the machine hits all of them,
/// and between them single steps on one thread, from which the costs are. For about `seconds` for each row. Every
/// row starts from the same parameters and takes the same number of steps: the hashes are of what these have come
/// to. Throws Error if they differ.
ScheduleComparison compare_schedules(const ModelEntry& entry, Subject& subject,
                                     const std::vector<const schedule::NamedPolicy*>& policies,
                                     const std::vector<int>& threads, double seconds);

/// The policy that takes least for this training session with so many threads: remembered, or else measured and
/// remembered.
const schedule::NamedPolicy& fastest_policy(const ModelEntry& entry, const run::Session& session, int threads);

/// The name of a policy that `--schedule` may have: those of schedule::policies(), and `auto`.
std::vector<std::string> schedule_names();

/// This policy's schedule for a training session, with costs that are remembered or else measured. `auto` is the
/// fastest one.
schedule::Schedule schedule_for(const ModelEntry& entry, const run::Session& session, const std::string& policy,
                                int threads);

}  // namespace isthmus::tool
