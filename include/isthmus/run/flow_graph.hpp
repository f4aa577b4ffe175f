// The baseline: a task graph as oneTBB's own kind of graph.
#pragma once

#include <isthmus/run/task_body.hpp>
#include <isthmus/schedule/task_graph.hpp>

#include <memory>

namespace isthmus::run {

/// A tbb::flow::graph with a continue_node for each task, built at the first run, in whose arena all runs take
/// place. The nodes are not `lightweight`: what a lightweight node makes ready runs at once in the same thread,
/// one after the other and on its stack. (Tried with oneTBB 2021.8: a fork of a thousand tasks stayed on one
/// thread, and a chain of a hundred thousand exhausted the stack.) oneTBB allocates a task for each node in every
/// run.
class FlowGraph {
 public:
  explicit FlowGraph(const schedule::TaskGraph& graph);
  ~FlowGraph();
  FlowGraph(const FlowGraph&) = delete;
  FlowGraph& operator=(const FlowGraph&) = delete;

  /// Runs every task, each after its predecessors. One run at a time.
  void run(TaskBody body);

 private:
  struct Nodes;

  const schedule::TaskGraph& graph_;
  TaskBody body_;
  std::unique_ptr<Nodes> nodes_;
};

}  // namespace isthmus::run
