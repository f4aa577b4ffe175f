// Policies: how to run a task graph, decided from its shape and its tasks' costs.
#pragma once

#include <isthmus/schedule/costs.hpp>
#include <isthmus/schedule/schedule.hpp>

#include <concepts>
#include <span>
#include <string_view>
#include <type_traits>

namespace isthmus::schedule {

/// A scheduling policy: a function or a function object, called with the graph, the costs and the number of
/// workers.
template <class P>
concept Policy = std::is_invocable_r_v<Schedule, const P&, const TaskGraph&, const Costs&, int>;

/// Calls the policy and validates its schedule (validate), since a policy may be the user's.
template <Policy P>
Schedule make_schedule(const P& policy, const TaskGraph& graph, const Costs& costs, int workers) {
  Schedule schedule = policy(graph, costs, workers);
  validate(graph, schedule, workers);
  return schedule;
}

namespace policy {

/// One worker, the most urgent task first.
Schedule sequential(const TaskGraph& graph, const Costs& costs, int workers);

/// A barrier between wavefronts: a task's level is the number of tasks on the longest path to it. Each level is
/// dealt out by falling costs, each task to the worker that has least (LPT). Source: Graham 1969, "Bounds on
/// multiprocessing timing anomalies", section 5.
Schedule by_level(const TaskGraph& graph, const Costs& costs, int workers);

/// One operation after the other, each a parallel loop with equal parts of its tasks for the workers, and a
/// barrier: what ordinary frameworks do. The operations are in the order of their groups, as far as the edges let
/// them.
Schedule per_operation(const TaskGraph& graph, const Costs& costs, int workers);

/// A slice of the batch goes through as many operations as fit the cache, then the next slice through the same.
/// A worker goes on with what its last task has made ready; a free one takes what another would do last.
/// Operations are divided into runs, in the order of their groups: what one slice moves in a run fits the cache.
/// Without Costs::bytes there is one run of all. Source: Blumofe and Leiserson 1999, "Scheduling multithreaded
/// computations by work stealing", section 3 (the order); Alwani et al. 2016, "Fused-layer CNN accelerators",
/// section 3 (slices).
struct DepthFirst {
  double cache_bytes = 1 << 20;  ///< of one worker
  Schedule operator()(const TaskGraph& graph, const Costs& costs, int workers) const;
};

/// Static list scheduling: the tasks by falling upward rank, each where it ends first, in a gap if there is one.
/// Source: Topcuoglu, Hariri, Wu 2002, "Performance-effective and low-complexity task scheduling for heterogeneous
/// computing", section 4 (HEFT), on equal workers without communication.
Schedule critical_path(const TaskGraph& graph, const Costs& costs, int workers);

/// Dynamic, with upward ranks as priorities.
Schedule dataflow(const TaskGraph& graph, const Costs& costs, int workers);

/// Least peak bytes (peak_bytes.hpp) within a time allowance, as predicted: the best of some tries, each a list
/// scheduling under a limit. Of the tasks whose buffers fit under it, the most urgent one starts, or the one that
/// adds least; if nothing runs and none fits, the one that adds least. Limits are found by bisection. Source:
/// Marchal, Simon, Vivien 2019, "Limiting the memory footprint when dynamically scheduling DAGs on shared-memory
/// platforms" (the problem).
struct MemoryAware {
  double allowance = 0.1;  ///< of time: a part of what the fastest try takes
  Schedule operator()(const TaskGraph& graph, const Costs& costs, int workers) const;
};

/// oneTBB's flow graph: the baseline.
Schedule flow_graph(const TaskGraph& graph, const Costs& costs, int workers);

}  // namespace policy

struct NamedPolicy {
  std::string_view name;
  std::string_view summary;
  Schedule (*make)(const TaskGraph& graph, const Costs& costs, int workers);

  Schedule operator()(const TaskGraph& graph, const Costs& costs, int workers) const {
    return make(graph, costs, workers);
  }
};

/// All of the above, each with its defaults.
std::span<const NamedPolicy> policies();

/// Throws std::invalid_argument, with all names, if there is no such policy.
const NamedPolicy& find_policy(std::string_view name);

}  // namespace isthmus::schedule
