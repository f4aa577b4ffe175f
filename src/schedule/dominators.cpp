#include <isthmus/schedule/dominators.hpp>

#include "schedule/index.hpp"

#include <boost/graph/adjacency_list.hpp>
#include <boost/graph/dominator_tree.hpp>

#include <algorithm>
#include <limits>

namespace isthmus::schedule {

std::vector<int> immediate_dominators(int count, std::span<const std::pair<int, int>> edges, int entry) {
  // The algorithm walks predecessors as well: nothing less than bidirectionalS will do.
  using Flowgraph = boost::adjacency_list<boost::vecS, boost::vecS, boost::bidirectionalS>;
  const std::size_t size = index(count);
  Flowgraph graph(size);
  for (const auto& [from, to] : edges) boost::add_edge(index(from), index(to), graph);
  // The short overload would number unreachable nodes 0, as if they were the entry.
  const auto none = boost::graph_traits<Flowgraph>::null_vertex();
  const auto numbers = get(boost::vertex_index, graph);
  std::vector<std::size_t> visit(size, std::numeric_limits<std::size_t>::max()), parent(size, none);
  std::vector<std::size_t> by_visit(size, none), dominator(size, none);
  boost::lengauer_tarjan_dominator_tree(graph, index(entry), numbers,
                                        boost::make_iterator_property_map(visit.begin(), numbers),
                                        boost::make_iterator_property_map(parent.begin(), numbers), by_visit,
                                        boost::make_iterator_property_map(dominator.begin(), numbers));
  std::vector<int> immediate;
  for (const std::size_t d : dominator) immediate.push_back(d == none ? -1 : static_cast<int>(d));
  return immediate;
}

std::vector<int> dominators_of(const std::vector<int>& immediate, int node) {
  std::vector<int> chain;
  for (int at = node; at >= 0; at = immediate[index(at)]) chain.push_back(at);
  std::reverse(chain.begin(), chain.end());
  return chain;
}

}  // namespace isthmus::schedule
