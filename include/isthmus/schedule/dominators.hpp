// Dominators: the nodes that every path passes.
#pragma once

#include <span>
#include <utility>
#include <vector>

namespace isthmus::schedule {

/// The dominator tree of a directed graph of `count` nodes and edges (from, to), entered at `entry`: for each node
/// its immediate dominator, the last node before it that every path from the entry passes; -1 for the entry itself
/// and for unreachable nodes. Source: Lengauer and Tarjan 1979, "A fast algorithm for finding dominators in a
/// flowgraph".
std::vector<int> immediate_dominators(int count, std::span<const std::pair<int, int>> edges, int entry);

/// The nodes that every path from the entry to `node` passes, both ends included; the node alone if it is not
/// reached.
std::vector<int> dominators_of(const std::vector<int>& immediate, int node);

}  // namespace isthmus::schedule
