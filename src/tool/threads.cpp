// oneTBB 2021.8 shows max_threads_per_core only to those who ask for it.
#define TBB_PREVIEW_TASK_ARENA_CONSTRAINTS_EXTENSION 1

#include "threads.hpp"

#include <isthmus/error.hpp>
#include <isthmus/run/processors.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <oneapi/tbb/global_control.h>
#include <oneapi/tbb/info.h>
#include <oneapi/tbb/task_arena.h>

#include <algorithm>
#include <vector>

namespace isthmus::tool {

int threads_or_all(int threads) { return threads > 0 ? threads : run::threads_of_process(); }

int threads_of_process(int processes) { return run::find_processors().threads_of_each(processes); }

void run_with_threads(int threads, const std::function<void()>& work, const Placement& placement) {
  tbb::task_arena::constraints constraints;
  if (placement.numa_node >= 0) {
    const std::vector<tbb::numa_node_id> nodes = tbb::info::numa_nodes();
    if (std::find(nodes.begin(), nodes.end(), placement.numa_node) == nodes.end())
      throw Error(
          fmt::format("--numa-node: expected one of {}, found {}", fmt::join(nodes, ", "), placement.numa_node));
    constraints.set_numa_id(placement.numa_node);
  }
  if (placement.threads_per_core > 0) constraints.set_max_threads_per_core(placement.threads_per_core);
  constraints.set_max_concurrency(threads);
  // oneTBB makes no more threads than the machine has, unless it is told to; and so the library is told that their
  // number was chosen.
  const auto most = static_cast<std::size_t>(std::max(threads, tbb::info::default_concurrency())) + 1;
  const tbb::global_control control(tbb::global_control::max_allowed_parallelism, most);
  tbb::task_arena arena(constraints);
  arena.execute(work);
}

}  // namespace isthmus::tool
