#include <isthmus/run/flow_graph.hpp>

#include <oneapi/tbb/flow_graph.h>

#include <deque>

namespace isthmus::run {

using tbb::flow::continue_msg;

struct FlowGraph::Nodes {
  tbb::flow::graph graph;
  std::deque<tbb::flow::continue_node<continue_msg>> nodes;
};

FlowGraph::FlowGraph(const schedule::TaskGraph& graph) : graph_(graph) {}
FlowGraph::~FlowGraph() = default;

void FlowGraph::run(TaskBody body) {
  body_ = body;
  if (!nodes_) {
    nodes_ = std::make_unique<Nodes>();
    for (int t = 0; t < graph_.size(); ++t)
      nodes_->nodes.emplace_back(nodes_->graph, [this, t](const continue_msg&) noexcept {
        body_.call(body_.context, t);
        return continue_msg{};
      });
    for (int t = 0; t < graph_.size(); ++t)
      for (const int s : graph_.successors_of(t))
        make_edge(nodes_->nodes[static_cast<std::size_t>(t)], nodes_->nodes[static_cast<std::size_t>(s)]);
  }
  for (int t = 0; t < graph_.size(); ++t)
    if (graph_.predecessors[static_cast<std::size_t>(t)] == 0)
      nodes_->nodes[static_cast<std::size_t>(t)].try_put(continue_msg{});
  nodes_->graph.wait_for_all();
}

}  // namespace isthmus::run
