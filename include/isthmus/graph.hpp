// The shared vocabulary: what a graph is. Every room takes one or makes one; nothing here knows how a graph
// was declared or how it will run.
//
// A graph is a list of nodes in topological order: a node's inputs have smaller indices than the node.
#pragma once

#include <isthmus/attribute.hpp>

#include <cstdint>
#include <initializer_list>
#include <vector>

namespace isthmus {

/// The size of the batch dimension: unknown to the graph, known to each call.
inline constexpr int batch = -1;

/// The extents of a tensor, row-major. Rank 0 is a scalar; a leading `batch` stands for the samples.
struct Shape {
  static constexpr int most = 6;            ///< dimensions
  static constexpr int most_of_sample = 5;  ///< without the batch
  int rank = 0;
  int dim[most] = {};

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
  /// columns. An image or a volume of one channel is one row instead: a column of its own would leave 15 of a
  /// panel's 16 lanes empty.
  constexpr std::int64_t rows_per_sample() const {
    if (is_flat()) return 1;
    std::int64_t product = 1;
    for (int i = has_batch() ? 1 : 0; i < rank - 1; ++i) product *= dim[i];
    return product;
  }
  constexpr int columns() const {
    if (is_flat()) return static_cast<int>(elements_per_sample());
    return rank == 0 || (rank == 1 && has_batch()) ? 1 : dim[rank - 1];
  }
  constexpr bool is_flat() const { return rank >= 4 && dim[rank - 1] == 1; }
  /// Whether this is the shape of an image, [batch, height, width, channels].
  constexpr bool is_image() const { return rank == 4 && has_batch(); }
  /// Whether windows can move over this: a series [batch, width, channels], an image, or a volume [batch, depth,
  /// height, width, channels].
  constexpr bool is_spatial() const { return rank >= 3 && rank <= 5 && has_batch(); }
  constexpr int depth() const { return rank == 5 ? dim[1] : 1; }
  constexpr int height() const { return rank >= 4 ? dim[rank - 3] : 1; }
  constexpr int width() const { return rank >= 3 ? dim[rank - 2] : 1; }
  constexpr int channels() const { return rank > 0 ? dim[rank - 1] : 1; }
};

template <class... Int>
constexpr Shape shape_of(Int... extents) {
  return Shape{static_cast<int>(sizeof...(extents)), {static_cast<int>(extents)...}};
}

/// An elementwise operation: ops/elementwise.hpp.
struct Elementwise;
/// An operation over whole rows or samples: ops/row_operation.hpp.
struct RowOperation;
/// The initial values of a parameter: initializer.hpp.
struct Initializer;

/// The operation of a node; builder.hpp has the operands and the result of each.
enum class Op : std::uint8_t {
  // Leaves.
  input,        ///< values from the caller for each sample, by PortKind
  parameter,    ///< trained
  state,        ///< kept between steps by the optimizer
  constant,     ///< a scalar, `value`
  one_hot,      ///< a row that is 1 in column `value`, else 0
  host_scalar,  ///< a scalar that the host gives at each run, by HostScalar
  elementwise,  ///< a function of one to three operands that broadcast (trailing dimensions, NumPy's rule)
  // Structure.
  broadcast,       ///< to `shape`
  sum_to,          ///< sums what a broadcast to the operand's shape would repeat
  transpose,       ///< of a matrix
  matmul,          ///< of matrices, each transposed first if its flag says so
  batched_matmul,  ///< of each sample's two matrices, a product for each of Heads
  reshape,         ///< the same elements, row-major, in another shape
  rows,            ///< a row, or a sample, of the result from the same of each operand, by `row_operation`
  // Values that move within a sample.
  region,   ///< a region of the operand, from `offset` on; what lies outside of the operand is zero
  concat,   ///< the operands one behind the other, along an Axis
  permute,  ///< the dimensions in another order, by Permutation
  gather,   ///< indices, table → rows of the table; indices alone → rows with a one in the index's column
  scatter,  ///< indices, rows → table: each row added to that of its index
  // Sequences, [batch, steps, columns].
  recurrence,           ///< projections, weights, bias → the trace of a RecurrentCell that goes through the steps
  recurrence_gradient,  ///< trace, transposed weights, states' gradient → that of projections and products
  random,               ///< numbers drawn anew in each run, by Distribution
  // Sparse rows, [batch, 2 k]: k values of a longer row, then the columns where they are, as floats.
  top_k,           ///< the largest values of each row → a sparse row, its columns in ascending order
  sparse_scatter,  ///< puts the values of the first operand where the second says; zero elsewhere
  sparse_gather,  ///< takes the first operand's values from where the second says → a sparse row, its columns zero
  sparse_matmul,  ///< values, matrix, where: the product of scattered values with a matrix
  sampled_matmul,  ///< rows, matrix, where: of the product with the transposed matrix what sparse_gather would
                   ///< take
  sparse_outer,    ///< values, rows, where: the transpose of the scattered values times the rows; its transpose if
                   ///< `transpose_a`
  // Images, [batch, height, width, channels]; `window` says how.
  conv2d,            ///< image, weights → image; after `window.upsample()` of the image
  conv2d_transpose,  ///< image, weights → image: what conv2d gives its image as a gradient
  conv2d_weights,    ///< image, result's gradient → weights: what conv2d gives its weights as a gradient. If
                     ///< `pooled`, the gradient of each 2 × 2 results' largest, and the pool that found these
  conv2d_pack,       ///< weights as a convolution's `algorithm` reads them
  conv2d_restore,    ///< the transpose of that map: from a gradient of packed weights to one of weights
  max_pool,          ///< the largest of each window
  max_unpool,        ///< puts the first operand where max_pool, the second, found its values; zero elsewhere
  max_gather,        ///< takes the first operand from where max_pool, the second, found its values
  resample,          ///< a linear map of each channel's rows and columns, by Resampling
  bottleneck,        ///< the identity; marks the code, where the graph is cut
  by_mode,           ///< the first operand in training, the second otherwise; by Mode
  all_reduce,        ///< the operand's sum over all processes, in the order of their ranks; by Bucket
  // Sinks.
  output,       ///< hands its operand to the caller, by name
  side_output,  ///< the same, beside the code (of the encoder) or beside the reconstruction (of the decoder)
  assign,       ///< replaces a parameter or a state (first operand) by the second when the step is over
};

/// The number of operations.
inline constexpr unsigned operation_count = static_cast<unsigned>(Op::assign) + 1;

/// The algorithm of a convolution. All give the same results up to rounding; plan/convolution.hpp explains them.
enum class Algorithm : std::uint8_t {
  direct,    ///< by the definition
  winograd,  ///< 3 × 3 in blocks of 2 × 2 results, 16 products for each instead of 36; 1 × 3, 4 instead of 6
  subpixel,  ///< after upsampling by two: 3 × 3, 9 products for each 2 × 2 results instead of 36; 3 × 3 × 3, 27 of
             ///< 216; 1 × n, n of 2 n
  narrow,    ///< one result channel: a product with all taps at once, then sums of neighbours
  depthwise,  ///< each channel by itself, by the definition
};

/// The number format in which the operands of matrix products are multiplied. Sums and everything else are fp32.
enum class Precision : std::uint8_t {
  fp32,
  bf16,  ///< rounded to the upper half of a float: the same range, 8 bits of precision
};

/// The most bytes that the arena of a training step may take, for up to `samples` samples.
struct MemoryBudget {
  std::int64_t bytes = 0;
  int samples = 1;
};

/// A node's name in parts, so that no string is built in the compiler: `enc1`, `enc1.weight`, `enc1.weight.m`, and
/// of a step in turns `enc1.weight.m.confuse`.
struct Label {
  const char* layer = "";
  const char* part = "";
  const char* moment = "";
  const char* turn = "";
};

constexpr bool same_text(const char* a, const char* b) {
  while (*a != 0 && *a == *b) ++a, ++b;
  return *a == *b;
}
constexpr bool operator==(const Label& a, const Label& b) {
  return same_text(a.layer, b.layer) && same_text(a.part, b.part) && same_text(a.moment, b.moment) &&
         same_text(a.turn, b.turn);
}

/// The memory beside a parameter that is used in its place wherever nothing is trained: an average of the values
/// that it has had (differentiate/averaged.hpp).
inline constexpr const char* average_moment = "moving_average";

/// Names of layers, each once or more.
struct LayerNames {
  static constexpr int most = 64;
  const char* names[most] = {};
  int count = 0;

  constexpr bool contains(const char* layer) const {
    for (int i = 0; i < count; ++i)
      if (same_text(names[i], layer)) return true;
    return false;
  }
};

/// The geometry of a window that moves over a series, an image or a volume: in each dimension, result y sees the
/// places y · stride - pad + (0 … size - 1) · dilation of what was upsampled first; what lies outside is zero. The
/// dimensions are depth, height and width, z, y and x; those that the data do not have are 1 long. Of a
/// convolution in groups, the channels on either side are cut into so many of equal size, and each group of
/// results sees its own group.
class Window {
 public:
  /// One dimension of it.
  struct Dimension {
    int size = 1, stride = 1;
    int pad = 0;       ///< places before the first one
    int dilation = 1;  ///< from one place that it sees to the next

    constexpr bool operator==(const Dimension&) const = default;
    /// From the first place that it sees to behind the last.
    constexpr int reach() const { return (size - 1) * dilation + 1; }
  };

  constexpr Window() : Window(Dimension{}, Dimension{}, Dimension{}) {}
  /// Over images. `upsample`: pixels are repeated so many times each way first.
  constexpr Window(int height, int width, int stride_y, int stride_x, int pad_y, int pad_x, int upsample)
      : Window({}, {height, stride_y, pad_y}, {width, stride_x, pad_x}, upsample) {}
  constexpr Window(const Dimension& z, const Dimension& y, const Dimension& x, int upsample = 1)
      : sizes_(packed(z.size, y.size, x.size)),
        strides_(packed(z.stride, y.stride, x.stride)),
        pads_(packed(z.pad, y.pad, x.pad)),
        dilations_(packed(z.dilation, y.dilation, x.dilation)),
        upsample_and_groups_(packed(0, 1, upsample)) {}

  constexpr bool operator==(const Window&) const = default;

  constexpr Dimension z() const { return at(2); }
  constexpr Dimension y() const { return at(1); }
  constexpr Dimension x() const { return at(0); }
  constexpr int depth() const { return unpacked(sizes_, 2); }
  constexpr int height() const { return unpacked(sizes_, 1); }
  constexpr int width() const { return unpacked(sizes_, 0); }
  constexpr int upsample() const { return unpacked(upsample_and_groups_, 0); }
  constexpr int groups() const { return unpacked(upsample_and_groups_, 1); }
  constexpr int taps() const { return depth() * height() * width(); }
  /// Whether all that it sees lies together.
  constexpr bool is_dense() const { return dilations_ == packed(1, 1, 1); }
  constexpr Window upsampled(int factor) const {
    Window window = *this;
    window.upsample_and_groups_ = packed(0, groups(), factor);
    return window;
  }
  constexpr Window in_groups(int groups) const {
    Window window = *this;
    window.upsample_and_groups_ = packed(0, groups, upsample());
    return window;
  }

 private:
  // A node is copied often in the compiler, number by number: these are five instead of fourteen.
  static constexpr int bits = 21;
  static constexpr std::uint64_t packed(int z, int y, int x) {
    return static_cast<std::uint64_t>(z) << 2 * bits | static_cast<std::uint64_t>(y) << bits |
           static_cast<std::uint64_t>(x);
  }
  static constexpr int unpacked(std::uint64_t all, int place) {
    return static_cast<int>(all >> place * bits & ((1u << bits) - 1));
  }
  constexpr Dimension at(int place) const {
    return {unpacked(sizes_, place), unpacked(strides_, place), unpacked(pads_, place),
            unpacked(dilations_, place)};
  }

  std::uint64_t sizes_, strides_, pads_, dilations_, upsample_and_groups_;
};

/// Where a region starts in each dimension of a sample, the batch left out; negative: before the first value.
class Offset {
 public:
  constexpr Offset() = default;
  constexpr Offset(std::initializer_list<int> starts) {
    int d = 0;
    for (const int start : starts) set(d++, start);
  }

  constexpr bool operator==(const Offset&) const = default;

  constexpr int operator[](int d) const {
    return static_cast<int>(static_cast<std::uint32_t>(pairs_[d / 2] >> d % 2 * 32));
  }
  constexpr void set(int d, int start) {
    const int place = d % 2 * 32;
    pairs_[d / 2] = (pairs_[d / 2] & ~(std::uint64_t{0xffffffff} << place)) |
                    std::uint64_t{static_cast<std::uint32_t>(start)} << place;
  }

 private:
  // Three numbers to copy instead of five, as in a window.
  std::uint64_t pairs_[(Shape::most_of_sample + 1) / 2] = {};
};

struct Node {
  Op op = Op::constant;
  const Elementwise* function = nullptr;        ///< of an elementwise one: which it is
  const RowOperation* row_operation = nullptr;  ///< of one over rows: which it is
  const Initializer* initializer = nullptr;     ///< of a parameter: how it starts
  bool transpose_a = false;                     ///< products; resample: the map's transpose
  bool transpose_b = false;                     ///< products; conv2d_pack: for conv2d_transpose
  bool trained = true;                          ///< parameter: has a gradient; else kept and saved with the others
  bool retained = false;  ///< parameter of a training step, or for a loss: stays although nothing reads it (yet)
  bool pooled = false;    ///< conv2d: the largest of each 2 × 2 results; conv2d_weights: its gradient
  bool fixed = false;     ///< random: the same in every epoch
  bool reversed = false;  ///< recurrence: from the last step to the first
  bool may_miss = false;  ///< input: NaN stands for a missing value
  Algorithm algorithm = Algorithm::direct;  ///< of a convolution
  int inputs[3] = {-1, -1, -1};
  Shape shape = {};
  float value =
      0;  ///< constant, initial value, an elementwise operation's parameter, classes of an input of indices
  Attribute attribute = {};
  Window window = {};
  Offset offset = {};  ///< of a region
  Label label = {};
};

constexpr bool is_leaf(Op op) { return op <= Op::host_scalar; }
constexpr bool is_convolution(Op op) {
  return op == Op::conv2d || op == Op::conv2d_transpose || op == Op::conv2d_weights;
}
constexpr bool is_recurrence(Op op) { return op == Op::recurrence || op == Op::recurrence_gradient; }
constexpr bool is_sink(Op op) { return op >= Op::output; }

/// A view of a graph, without ownership.
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

constexpr Graph copy_of(GraphView graph) { return {{graph.begin(), graph.end()}}; }

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

// The inputs, parameters and outputs of a graph, so that code which reads a graph need not know its operations.
constexpr bool is_input(const Node& node) { return node.op == Op::input; }
constexpr bool is_parameter(const Node& node) { return node.op == Op::parameter; }
constexpr bool is_state(const Node& node) { return node.op == Op::state; }
constexpr bool is_constant(const Node& node) { return node.op == Op::constant; }
constexpr bool is_host_scalar(const Node& node) { return node.op == Op::host_scalar; }
constexpr bool is_elementwise(const Node& node) { return node.op == Op::elementwise; }
constexpr bool is_bottleneck(const Node& node) { return node.op == Op::bottleneck; }
constexpr bool is_output(const Node& node) { return node.op == Op::output; }
constexpr bool is_side_output(const Node& node) { return node.op == Op::side_output; }

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

/// The first of its kind, or -1.
constexpr int find_first(GraphView graph, bool (*is_one)(const Node&)) {
  for (int i = 0; i < graph.size; ++i)
    if (is_one(graph.nodes[i])) return i;
  return -1;
}

/// Whether a node is an input of this kind.
constexpr bool is_port(const Node& node, PortKind kind) {
  return node.op == Op::input && node.attribute.as<PortKind>() == kind;
}
/// The first input of this kind, or -1.
constexpr int first_port(GraphView graph, PortKind kind) {
  for (int i = 0; i < graph.size; ++i)
    if (is_port(graph.nodes[i], kind)) return i;
  return -1;
}
/// Whether a node is an input that the loss alone reads: a target or a weight.
constexpr bool is_input_of_a_loss(const Node& node) {
  return is_port(node, PortKind::target) || is_port(node, PortKind::weight);
}
/// The input that a reconstruction is compared with: the first target, or the data if no target is declared; -1 if
/// there is no input.
constexpr int target_port(GraphView graph) {
  const int target = first_port(graph, PortKind::target);
  return target >= 0 ? target : first_port(graph, PortKind::data);
}
/// The input of this name, or -1.
constexpr int find_port(GraphView graph, const char* name) {
  for (int i = 0; i < graph.size; ++i)
    if (graph.nodes[i].op == Op::input && same_text(graph.nodes[i].label.layer, name)) return i;
  return -1;
}

/// Adds the inputs of this kind, in the graph's order.
constexpr void append_inputs(std::vector<int>& inputs, GraphView graph, PortKind kind) {
  for (int i = 0; i < graph.size; ++i)
    if (is_port(graph[i], kind)) inputs.push_back(i);
}

/// The inputs in the order in which everybody is given them: the data (of a decoder the code), conditions,
/// targets, weights; those of one kind in the graph's order.
constexpr std::vector<int> inputs_of(GraphView graph) {
  std::vector<int> inputs;
  for (const PortKind kind : {PortKind::data, PortKind::condition, PortKind::target, PortKind::weight})
    for (int i = 0; i < graph.size; ++i)
      if (is_port(graph.nodes[i], kind)) inputs.push_back(i);
  return inputs;
}

/// The name of the code at a bottleneck: its own, or `code`.
constexpr const char* name_of_code(const Node& bottleneck) {
  return *bottleneck.label.part == 0 ? "code" : bottleneck.label.part;
}

/// For each node, whether it is a source, or depends on one in a way that does not lead into a barrier. Cost:
/// linear in the nodes.
template <class IsSource, class IsBarrier>
constexpr std::vector<char> depending_on(GraphView graph, IsSource is_source, IsBarrier is_barrier) {
  std::vector<char> depends(static_cast<std::size_t>(graph.size), char{0});
  char* const found = depends.data();
  for (int i = 0; i < graph.size; ++i) {
    const Node& node = graph.nodes[i];
    if (is_source(node)) found[i] = 1;
    if (is_barrier(node)) continue;
    for (int k = 0; k < 3 && node.inputs[k] >= 0; ++k)
      if (found[node.inputs[k]] != 0) found[i] = 1;
  }
  return depends;
}
template <class IsSource>
constexpr std::vector<char> depending_on(GraphView graph, IsSource is_source) {
  return depending_on(graph, is_source, [](const Node&) { return false; });
}

/// The nodes on which any of these depends, with them. Cost: linear in the nodes.
constexpr std::vector<char> needed_for(GraphView graph, const std::vector<int>& roots) {
  std::vector<char> needed(static_cast<std::size_t>(graph.size), char{0});
  char* const is_needed = needed.data();
  for (const int root : roots) is_needed[root] = 1;
  for (int i = graph.size - 1; i >= 0; --i)
    for (int k = 0; k < 3 && is_needed[i] != 0; ++k)
      if (graph[i].inputs[k] >= 0) is_needed[graph[i].inputs[k]] = 1;
  return needed;
}

constexpr bool is_data_port(const Node& node) { return is_port(node, PortKind::data); }
/// For each node, whether data reach it around the codes.
constexpr std::vector<char> around_the_codes(GraphView graph) {
  return depending_on(graph, is_data_port, is_bottleneck);
}
/// For each node, whether it is the decoder's: it depends on a code, and on data through codes alone.
constexpr std::vector<char> behind_the_codes(GraphView graph) {
  std::vector<char> behind = depending_on(graph, is_bottleneck);
  const std::vector<char> around = around_the_codes(graph);
  for (int i = 0; i < graph.size; ++i)
    if (around.data()[i] != 0) behind.data()[i] = 0;
  return behind;
}

/// Number of trained values.
constexpr std::int64_t parameter_count(GraphView graph) {
  std::int64_t sum = 0;
  for (const Node& node : graph)
    if (node.op == Op::parameter && node.trained) sum += node.shape.elements_per_sample();
  return sum;
}

}  // namespace isthmus
