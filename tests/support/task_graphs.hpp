// Task graphs of known shapes, for tests and benchmarks. A task's group is its operation, as in a plan's graph.
#pragma once

#include <isthmus/random.hpp>
#include <isthmus/schedule/task_graph.hpp>

#include <algorithm>
#include <cstdint>
#include <utility>
#include <vector>

namespace isthmus::testing {

using Edges = std::vector<std::pair<int, int>>;

/// Whole numbers that are the same in every run.
class Draw {
 public:
  explicit Draw(std::uint32_t seed) : seed_(seed) {}
  /// One of 0 … below - 1.
  int operator()(int below) {
    return static_cast<int>(random_word(5, Purpose::example, seed_, count_++) % static_cast<std::uint32_t>(below));
  }

 private:
  std::uint32_t seed_;
  std::uint64_t count_ = 0;
};

inline schedule::Task task_of(int group, double cost) { return {group, 0, 1, 0, 1, cost}; }

inline schedule::TaskGraph graph_of(const std::vector<double>& costs, Edges edges) {
  schedule::TaskGraph graph;
  for (const double cost : costs) graph.tasks.push_back(task_of(graph.size(), cost));
  link(graph, std::move(edges));
  return graph;
}

/// One task after the other.
inline schedule::TaskGraph chain(int tasks, double cost = 1) {
  Edges edges;
  for (int t = 1; t < tasks; ++t) edges.emplace_back(t - 1, t);
  return graph_of(std::vector<double>(static_cast<std::size_t>(tasks), cost), std::move(edges));
}

/// `stages` times: a task, `width` tasks after it, and the next stage's task after all of them.
inline schedule::TaskGraph fork_join(int stages, int width, double cost = 1) {
  schedule::TaskGraph graph;
  Edges edges;
  graph.tasks.push_back(task_of(0, cost));
  for (int stage = 0; stage < stages; ++stage) {
    const int fork = graph.size() - 1, join = graph.size() + width;
    for (int t = fork + 1; t < join; ++t) {
      graph.tasks.push_back(task_of(2 * stage + 1, cost));
      edges.emplace_back(fork, t);
      edges.emplace_back(t, join);
    }
    graph.tasks.push_back(task_of(2 * stage + 2, cost));
  }
  link(graph, std::move(edges));
  return graph;
}

/// Layers of `width` tasks, each after up to `most_edges` random ones of the layer before; costs 1 … 100 times
/// `cost`.
inline schedule::TaskGraph layered(std::uint32_t seed, int layers, int width, int most_edges, double cost = 1) {
  schedule::TaskGraph graph;
  Draw draw(seed);
  Edges edges;
  for (int layer = 0; layer < layers; ++layer)
    for (int i = 0; i < width; ++i) {
      for (int e = layer > 0 ? draw(most_edges) + 1 : 0; e > 0; --e)
        edges.emplace_back((layer - 1) * width + draw(width), graph.size());
      graph.tasks.push_back(task_of(layer, cost * (1 + draw(100))));
    }
  link(graph, std::move(edges));
  return graph;
}

/// Any earlier tasks before any later ones, up to `most_edges` into each; costs 1 … 100. The numbers are no
/// topological order.
inline schedule::TaskGraph random_dag(std::uint32_t seed, int tasks, int most_edges) {
  schedule::TaskGraph graph;
  Draw draw(seed);
  std::vector<int> number(static_cast<std::size_t>(tasks), 0);
  Edges edges;
  for (int t = 0; t < tasks; ++t) {
    const auto swapped = static_cast<std::size_t>(draw(t + 1));
    number[static_cast<std::size_t>(t)] = number[swapped];
    number[swapped] = t;
    graph.tasks.push_back(task_of(draw(tasks), 1.0 + draw(100)));
  }
  for (int t = 1; t < tasks; ++t)
    for (int e = draw(most_edges + 1); e > 0; --e)
      edges.emplace_back(number[static_cast<std::size_t>(draw(t))], number[static_cast<std::size_t>(t)]);
  link(graph, std::move(edges));
  return graph;
}

/// A table of size² tasks, each after its left and its upper neighbour.
inline schedule::TaskGraph wavefront(int size, double cost = 1) {
  schedule::TaskGraph graph;
  Edges edges;
  for (int row = 0; row < size; ++row)
    for (int column = 0; column < size; ++column) {
      const int t = graph.size();
      if (row > 0) edges.emplace_back(t - size, t);
      if (column > 0) edges.emplace_back(t - 1, t);
      graph.tasks.push_back(task_of(row + column, cost));
    }
  link(graph, std::move(edges));
  return graph;
}

/// The right-looking tiled Cholesky factorization of a matrix of tiles², `cost` for a tile's own factorization;
/// (n³ + 3 n² + 2 n) / 6 tasks. Source: Buttari, Langou, Kurzak, Dongarra 2009, "A class of parallel tiled linear
/// algebra algorithms for multicore architectures", section 3.1.
inline schedule::TaskGraph cholesky(int tiles, double cost = 1) {
  schedule::TaskGraph graph;
  Edges edges;
  std::vector<int> writer(static_cast<std::size_t>(tiles * tiles), -1);  // of each tile, the last one
  const auto last = [&](int i, int j) -> int& { return writer[static_cast<std::size_t>(i * tiles + j)]; };
  const auto add = [&](int group, double times, int i, int j, std::initializer_list<int> reads) {
    for (const int before : reads) edges.emplace_back(before, graph.size());
    if (last(i, j) >= 0) edges.emplace_back(last(i, j), graph.size());
    last(i, j) = graph.size();
    graph.tasks.push_back(task_of(group, times * cost));
  };
  for (int k = 0; k < tiles; ++k) {
    add(3 * k, 1, k, k, {});                                                    // potrf: n³ / 3
    for (int i = k + 1; i < tiles; ++i) add(3 * k + 1, 3, i, k, {last(k, k)});  // trsm: n³
    for (int i = k + 1; i < tiles; ++i)
      for (int j = k + 1; j <= i; ++j)  // syrk: n³, gemm: 2 n³
        add(3 * k + 2, i == j ? 3 : 6, i, j, {last(i, k), last(j, k)});
  }
  link(graph, std::move(edges));
  return graph;
}

inline Edges edges_of(const schedule::TaskGraph& graph) {
  Edges edges;
  for (int t = 0; t < graph.size(); ++t)
    for (const int s : graph.successors_of(t)) edges.emplace_back(t, s);
  return edges;
}

/// One of each shape and some at random, small: what every property must hold for.
template <class Body>
void for_each_task_graph(Body body) {
  body(graph_of({}, {}));
  body(graph_of({3}, {}));
  body(chain(17));
  body(fork_join(3, 5));
  body(wavefront(6));
  body(cholesky(5));
  for (std::uint32_t seed = 0; seed < 6; ++seed) body(layered(seed, 2 + static_cast<int>(seed), 7, 3));
  for (std::uint32_t seed = 0; seed < 24; ++seed)
    body(random_dag(seed, 1 + 3 * static_cast<int>(seed), static_cast<int>(seed % 5)));
}

}  // namespace isthmus::testing
