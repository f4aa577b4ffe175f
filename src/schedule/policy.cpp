#include <isthmus/schedule/policy.hpp>
#include <isthmus/schedule/rank.hpp>

#include <algorithm>
#include <stdexcept>
#include <string>

namespace isthmus::schedule {
namespace policy {

Schedule sequential(const TaskGraph& graph, const Costs& costs, int) {
  return {Execution::lists, {}, {order_of_urgency(graph, costs.seconds)}, {}};
}

Schedule dataflow(const TaskGraph& graph, const Costs& costs, int) {
  return {Execution::dynamic, upward_ranks(graph, costs.seconds), {}, {}};
}

Schedule flow_graph(const TaskGraph&, const Costs&, int) { return {Execution::flow_graph, {}, {}, {}}; }

}  // namespace policy

namespace {

Schedule depth_first(const TaskGraph& graph, const Costs& costs, int workers) {
  return policy::DepthFirst{}(graph, costs, workers);
}
Schedule memory_aware(const TaskGraph& graph, const Costs& costs, int workers) {
  return policy::MemoryAware{}(graph, costs, workers);
}

constexpr NamedPolicy table[] = {
    {"sequential", "one worker, the most urgent task first", policy::sequential},
    {"by_level", "wavefronts with barriers", policy::by_level},
    {"per_operation", "one parallel loop per operation, with barriers", policy::per_operation},
    {"depth_first", "a slice through as many operations as fit the cache", depth_first},
    {"critical_path", "static lists by upward rank", policy::critical_path},
    {"dataflow", "dynamic, upward ranks as priorities", policy::dataflow},
    {"memory_aware", "least peak bytes within a tenth more time", memory_aware},
    {"flow_graph", "oneTBB's flow graph, the baseline", policy::flow_graph},
};

}  // namespace

std::span<const NamedPolicy> policies() { return table; }

const NamedPolicy& find_policy(std::string_view name) {
  const auto found =
      std::find_if(std::begin(table), std::end(table), [&](const NamedPolicy& p) { return p.name == name; });
  if (found != std::end(table)) return *found;
  std::string names;
  for (const NamedPolicy& p : table) names += (names.empty() ? "" : ", ") + std::string(p.name);
  throw std::invalid_argument("policy \"" + std::string(name) + "\": expected one of " + names);
}

}  // namespace isthmus::schedule
