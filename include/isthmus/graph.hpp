// The shared vocabulary: what a graph is. Every room takes one or makes one; nothing here knows how a graph
// was declared or how it will run.
//
// A graph is a list of nodes in topological order: a node's inputs have smaller indices than the node.
#pragma once

#include <cstdint>
#include <vector>

namespace isthmus {

/// The size of the batch dimension: unknown to the graph, known to each call.
inline constexpr int batch = -1;

/// The extents of a tensor, row-major. Rank 0 is a scalar; a leading `batch` stands for the samples.
struct Shape {
  int rank = 0;
  int dim[4] = {};

  constexpr bool operator==(const Shape& other) const {
    if (rank != other.rank) return false;
    for (int i = 0; i < rank; ++i)
      if (dim[i] != other.dim[i]) return false;
    return true;
  }
  constexpr bool has_batch() const { return rank > 0 && dim[0] == batch; }
  /// Number of elements in one sample (or in all, without a batch dimension).
  constexpr std::int64_t elements_per_sample() const {
    std::int64_t product = 1;
    for (int i = has_batch() ? 1 : 0; i < rank; ++i) product *= dim[i];
    return product;
  }
  /// The matrix that kernels see: all dimensions but the last are rows (without the batch), the last is the
  /// columns.
  constexpr std::int64_t rows_per_sample() const {
    std::int64_t product = 1;
    for (int i = has_batch() ? 1 : 0; i < rank - 1; ++i) product *= dim[i];
    return product;
  }
  constexpr int columns() const { return rank == 0 || (rank == 1 && has_batch()) ? 1 : dim[rank - 1]; }
};

template <class... Int>
constexpr Shape shape_of(Int... extents) {
  return Shape{static_cast<int>(sizeof...(extents)), {static_cast<int>(extents)...}};
}

/// Every operation there is. `operations` in builder.hpp says what each takes and gives.
enum class Op : std::uint8_t {
  // Leaves.
  input,        ///< data from the caller, one row per sample
  parameter,    ///< trained
  state,        ///< kept between steps by the optimizer
  constant,     ///< a scalar, `value`
  host_scalar,  ///< a scalar that the host gives at each run, `attribute` is a HostScalar
  // Elementwise, one operand.
  negate,
  exp,
  log,
  sqrt,
  absolute,
  sign,
  tanh,
  sigmoid,
  softplus,
  relu,
  leaky_relu,  ///< slope `value` below zero
  elu,         ///< `value` * (exp(x) - 1) below zero
  // Elementwise, two operands; shapes may broadcast (trailing dimensions, NumPy's rule).
  add,
  subtract,
  multiply,
  divide,
  maximum,
  minimum,
  greater,  ///< 1 where the first is larger, else 0
  // Elementwise, three operands.
  select,  ///< the second where the first is not zero, else the third
  // Structure.
  broadcast,   ///< to `shape`
  sum_to,      ///< sums what a broadcast to the operand's shape would repeat
  transpose,   ///< of a matrix
  matmul,      ///< of matrices, each transposed first if its flag says so
  bottleneck,  ///< the identity; marks the code, where the graph is cut
  // Sinks.
  output,  ///< hands its operand to the caller, by name
  assign,  ///< replaces a parameter or a state (first operand) by the second when the step is over
};

/// Scalars that the host supplies with each run.
enum class HostScalar : int {
  batch_size,     ///< samples in this run
  step,           ///< 1 for the first training step
  learning_rate,  ///< the node's `value` unless the host says otherwise
};

/// How a parameter starts. Random ones are keyed by (seed, parameter's number, element).
enum class Initializer : int {
  zeros,
  constant,        ///< `value`
  glorot_uniform,  ///< U(-a, a), a = sqrt(6 / (fan in + fan out)): Glorot and Bengio 2010, equation 16
  he_uniform,      ///< U(-a, a), a = sqrt(6 / fan in): He et al. 2015, section 2.2
};

/// A node's name in three parts, so that no string is built in the compiler: `enc1`, `enc1.weight`,
/// `enc1.weight.m`.
struct Label {
  const char* layer = "";
  const char* part = "";
  const char* moment = "";
};

constexpr bool same_text(const char* a, const char* b) {
  while (*a != 0 && *a == *b) ++a, ++b;
  return *a == *b;
}
constexpr bool operator==(const Label& a, const Label& b) {
  return same_text(a.layer, b.layer) && same_text(a.part, b.part) && same_text(a.moment, b.moment);
}

struct Node {
  Op op = Op::constant;
  bool transpose_a = false;  ///< matmul
  bool transpose_b = false;  ///< matmul
  int inputs[3] = {-1, -1, -1};
  Shape shape = {};
  float value = 0;    ///< constant, slopes, initial value
  int attribute = 0;  ///< HostScalar, Initializer
  Label label = {};
};

constexpr bool is_leaf(Op op) { return op <= Op::host_scalar; }
constexpr bool is_sink(Op op) { return op >= Op::output; }
constexpr bool is_elementwise(Op op) { return op >= Op::negate && op <= Op::select; }

/// A graph that somebody else holds.
struct GraphView {
  const Node* nodes = nullptr;
  int size = 0;

  constexpr const Node& operator[](int i) const { return nodes[i]; }
  constexpr const Node* begin() const { return nodes; }
  constexpr const Node* end() const { return nodes + size; }
};

/// A graph under construction.
struct Graph {
  std::vector<Node> nodes;

  constexpr operator GraphView() const { return {nodes.data(), static_cast<int>(nodes.size())}; }
};

/// A graph as a constant: the compiler's passes end in one of these.
template <int Capacity>
struct StaticGraph {
  Node nodes[Capacity > 0 ? Capacity : 1] = {};
  int size = 0;

  constexpr StaticGraph() = default;
  constexpr explicit StaticGraph(GraphView view) : size(view.size) {
    for (int i = 0; i < view.size; ++i) nodes[i] = view.nodes[i];
  }
  constexpr operator GraphView() const { return {nodes, size}; }
};

/// Index of the only node with this operation, or -1; `count` says how many there are.
constexpr int find_only(GraphView graph, Op op, int& count) {
  int found = -1;
  count = 0;
  for (int i = 0; i < graph.size; ++i)
    if (graph.nodes[i].op == op) {
      if (found < 0) found = i;
      ++count;
    }
  return found;
}

/// Number of trained values.
constexpr std::int64_t parameter_count(GraphView graph) {
  std::int64_t sum = 0;
  for (const Node& node : graph)
    if (node.op == Op::parameter) sum += node.shape.elements_per_sample();
  return sum;
}

}  // namespace isthmus
