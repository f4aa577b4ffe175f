// Writes nodes: the one place that knows what each operation takes and which shape it gives. The DSL, the
// gradient rules and the optimizers all write through it. Mistakes are recorded, not thrown: the graph goes
// on with a plausible shape, and the first mistake is reported where the model is used.
#pragma once

#include <isthmus/diagnose.hpp>
#include <isthmus/graph.hpp>
#include <isthmus/initializer.hpp>
#include <isthmus/ops/elementwise.hpp>
#include <isthmus/ops/row_operation.hpp>

namespace isthmus {

class Builder;

/// Rows of ops/table.hpp that the functions below write.
namespace ops {
extern const Elementwise negate, exp, log, sqrt, absolute, sign, sin, cos, tanh, add, subtract, multiply, divide,
    maximum, minimum, greater, select, erf, pow, stop_gradient, straight_through;
}

/// A symbolic tensor: a node of a graph under construction.
struct Tensor {
  Builder* builder = nullptr;
  int id = -1;

  constexpr const Node& node() const;
  constexpr Shape shape() const;
};

/// The shape of two operands that broadcast against each other (NumPy's rule: trailing dimensions are equal,
/// missing, or 1). `fits` turns false if they cannot.
constexpr Shape broadcast_shape(const Shape& a, const Shape& b, bool& fits) {
  const Shape& longer = a.rank >= b.rank ? a : b;
  const Shape& shorter = a.rank >= b.rank ? b : a;
  Shape result = longer;
  for (int i = 1; i <= shorter.rank; ++i) {
    const int x = longer.dim[longer.rank - i];
    const int y = shorter.dim[shorter.rank - i];
    if (x == y || y == 1) continue;
    if (x == 1) result.dim[longer.rank - i] = y;
    else fits = false;
  }
  return result;
}

class Builder {
 public:
  constexpr Builder() = default;
  /// Continues a graph.
  constexpr explicit Builder(GraphView view) { graph_.nodes.assign(view.begin(), view.end()); }

  constexpr GraphView view() const { return graph_; }
  constexpr Graph& graph() { return graph_; }
  constexpr int size() const { return static_cast<int>(graph_.nodes.size()); }
  constexpr const Node& operator[](int i) const { return graph_.nodes.data()[i]; }
  constexpr Tensor tensor(int id) { return {this, id}; }

  /// Nodes that are written from here on belong to this layer.
  constexpr void in_layer(const char* layer) { layer_ = layer; }
  constexpr const char* layer() const { return layer_; }

  /// Says that the nodes written from here on are of a formula: it may name operations that are defined further
  /// down.
  constexpr void in_formula() { in_formula_ = true; }

  /// Says that the nodes written from here on are of a loss.
  constexpr void end_model() { model_end_ = size(); }
  /// The nodes of the model alone: a loss may have layers' names.
  constexpr GraphView model() const { return {graph_.nodes.data(), model_end_ < 0 ? size() : model_end_}; }

  /// Says that the nodes written from here on are of a model: its samples must not depend on each other.
  constexpr void in_model() { in_model_ = true; }

  /// Says that the nodes written from here on are of a layer whose parameters are there already, under its name.
  constexpr void share_parameters(bool shares) { shares_ = shares; }
  constexpr bool shares_parameters() const { return shares_; }

  constexpr Diagnostic& diagnostic() { return diagnostic_; }
  constexpr const Diagnostic& diagnostic() const { return diagnostic_; }
  constexpr void mistake(Mistake what, Shape a = {}, Shape b = {}) { diagnostic_.record(what, layer_, a, b); }

  /// Appends a node as it is (its label's layer filled in if empty).
  constexpr Tensor emit(Node node) {
    if (*node.label.layer == 0) node.label.layer = layer_;
    graph_.nodes.push_back(node);
    return {this, size() - 1};
  }

  constexpr Tensor input(const char* name, Shape shape, PortKind kind = PortKind::data) {
    Node node;
    node.op = Op::input;
    node.attribute = kind;
    node.shape = shape;
    node.label.layer = name;
    // Nothing reads these before there is a loss.
    node.retained = kind == PortKind::target || kind == PortKind::weight;
    return emit(node);
  }
  /// A parameter; a scalar one is a vector of one, so that it lies in the arena like the others. The node refers
  /// to its initializer.
  constexpr Tensor parameter(const char* part, Shape shape, const Initializer& initializer = Initializer::zeros,
                             float value = 0) {
    if (initializer.start == nullptr || initializer.name == nullptr)
      diagnostic_.record(Mistake::initializer_without_start,
                         initializer.name == nullptr ? part : initializer.name);
    Node node;
    node.op = Op::parameter;
    node.shape = shape.rank == 0 ? shape_of(1) : shape;
    if (const int known = shares_ ? find_parameter(part) : -1; known >= 0) {
      if (!((*this)[known].shape == node.shape))
        mistake(Mistake::shared_shapes_differ, node.shape, (*this)[known].shape);
      else return tensor(known);
    }
    node.initializer = &initializer;
    node.value = value;
    node.label.part = part;
    return emit(node);
  }
  Tensor parameter(const char*, Shape, const Initializer&&, float = 0) = delete;  // The node would outlive it.
  /// A value that is kept and saved with the parameters, but assigned by the model itself instead of trained.
  constexpr Tensor statistic(const char* part, Shape shape, float value) {
    return statistic(part, shape, Initializer::constant, value);
  }
  constexpr Tensor statistic(const char* part, Shape shape, const Initializer& initializer, float value = 0) {
    const Tensor result = parameter(part, shape, initializer, value);
    graph_.nodes.data()[result.id].trained = false;
    return result;
  }
  /// Memory of the optimizer beside a parameter, zero at first.
  constexpr Tensor state(const Tensor& parameter, const char* moment) {
    Node node;
    node.op = Op::state;
    node.shape = parameter.shape();
    node.label = parameter.node().label;
    node.label.moment = moment;
    return emit(node);
  }
  constexpr Tensor constant(float value) {
    Node node;
    node.op = Op::constant;
    node.value = value;
    return emit(node);
  }
  /// A row of `size` values: 1 in this column, else 0.
  constexpr Tensor one_hot(int size, int column) {
    Node node;
    node.op = Op::one_hot;
    node.shape = shape_of(size);
    node.value = static_cast<float>(column);
    return emit(node);
  }
  constexpr Tensor host_scalar(HostScalar which, float value = 0) {
    Node node;
    node.op = Op::host_scalar;
    node.attribute = which;
    node.value = value;
    return emit(node);
  }

  /// An elementwise operation of as many operands as it has; `value` is its parameter, if it has one.
  constexpr Tensor apply(const Elementwise& function, const Tensor (&operands)[3], float value) {
    const int count = count_of(operands);
    if (!in_formula_) {
      if (const int expected = function.row.operands; count != expected)
        return wrong_count(function.row.name, count < expected, operands);
      if (function.formula().count == 0 && function.row.number == nullptr)
        diagnostic_.record(Mistake::operation_without_formula, function.row.name);
    }
    Node node;
    node.op = Op::elementwise;
    node.function = &function;
    node.value = value;
    node.shape = operands[0].shape();
    for (int k = 0; k < count; ++k) {
      Tensor operand = operands[k];
      if (operand.builder != this) {
        mistake(Mistake::tensors_of_two_graphs, operands[0].shape(), operand.shape());
        operand = operands[0];
      }
      node.inputs[k] = operand.id;
      if (k > 0) node.shape = common_shape(node.shape, operand.shape());
    }
    return emit(node);
  }
  /// An operation over the rows, or the samples, of as many operands as it has; `value` is its parameter.
  constexpr Tensor over_rows(const RowOperation& operation, const Tensor (&operands)[3], float value = 0);
  constexpr Tensor unary(const Elementwise& function, Tensor x, float value = 0) {
    return apply(function, {x, {}, {}}, value);
  }
  constexpr Tensor binary(const Elementwise& function, Tensor a, Tensor b, float value = 0) {
    return apply(function, {a, b, {}}, value);
  }
  /// Limits values to [low, high].
  constexpr Tensor clamp(Tensor x, float low, float high) {
    const Tensor raised = binary(ops::maximum, x, constant(low));
    return binary(ops::minimum, raised, constant(high));
  }
  constexpr Tensor select(Tensor condition, Tensor a, Tensor b) {
    return apply(ops::select, {condition, a, b}, 0);
  }
  constexpr Tensor broadcast(Tensor x, Shape shape);
  /// Sums what a broadcast of `shape` to x's shape would repeat. In a model the batch has to stay: what one sample
  /// gives would depend on its neighbours.
  constexpr Tensor sum_to(Tensor x, Shape shape);
  /// As sum_to, for sums that are meant to be over the whole batch, in a model as well: a batch norm's statistics.
  constexpr Tensor sum_over_batch(Tensor x, Shape shape);
  constexpr Tensor transpose(Tensor x);
  /// The product of two matrices. [batch, rows, columns] is the matrix of all samples' rows: as the left operand,
  /// or as both where `transpose_a` sums over these rows.
  constexpr Tensor matmul(Tensor a, Tensor b, bool transpose_a = false, bool transpose_b = false);
  /// aᵀ b of two with the batch: a sum over the batch of the products of all columns, which is meant in a model as
  /// well.
  constexpr Tensor matmul_over_batch(Tensor a, Tensor b);
  /// The product of each sample's matrices, each transposed first if its flag says so: [batch, M, K] and
  /// [batch, K, N] → [batch, M, N]. Of several heads: ops/batched_matmul.hpp.
  constexpr Tensor batched_matmul(Tensor a, Tensor b, bool transpose_a = false, bool transpose_b = false,
                                  int heads = 1);
  /// The elements of x in another shape; `shape` starts with the batch if x has one.
  constexpr Tensor reshape(Tensor x, Shape shape);
  /// The values of x from `offset` on, in this shape; zero where x has none. A negative offset is so much padding
  /// before x. `shape` starts with the batch if x has one.
  constexpr Tensor region(Tensor x, Offset offset, Shape shape);
  /// Two or three tensors one behind the other along a dimension of a sample; all others are equal.
  constexpr Tensor concat(const Tensor (&parts)[3], int axis);
  /// The dimensions of a sample in another order: those of the result are x's `dimensions[0]`, `dimensions[1]` …
  constexpr Tensor permute(Tensor x, const int (&dimensions)[Shape::most_of_sample]);
  /// The row of a table [rows, columns] for each index, [batch, n]: [batch, columns], or [batch, n, columns] if n
  /// is not 1. An index that is no row's number gives NaN.
  constexpr Tensor gather(Tensor index, Tensor table);
  /// For each index a row of `classes` values, 1 in the column of the index, else 0.
  constexpr Tensor one_hot_rows(Tensor index, int classes);
  /// The gradient of gather in its table, of shape `table`, for that of its result.
  constexpr Tensor scatter(Tensor index, Tensor rows, Shape table);
  /// The states of a cell after each step, [batch, steps, H]: ops/recurrence.hpp. `projections` are what the
  /// steps' inputs give to the gates, [batch, steps, gates · H], `weights` [H, gates · H] what the states of the
  /// step before do, and `bias` [gates · H] is added to that, if it is given. The first state is zero.
  constexpr Tensor recurrence(RecurrentCell cell, Tensor projections, Tensor weights, Tensor bias, bool reversed);
  /// Random numbers of this shape; `part` keeps two draws of one layer apart.
  constexpr Tensor random(Distribution distribution, Shape shape, const char* part, bool fixed);
  /// The k largest values of each row of [batch, n] → a sparse row [batch, 2 k]: the values, then their columns,
  /// in ascending order of these. Among equals the first ones are kept; a NaN is larger than anything.
  constexpr Tensor top_k(Tensor x, int k);
  /// The values of a sparse row in a row of n, at the columns that `where` says, a sparse row of the same k: zero
  /// elsewhere. Values of one column add up; a column that there is not is left out.
  constexpr Tensor sparse_scatter(Tensor values, Tensor where, int n);
  /// The values of [batch, n], or [n], at the columns that `where` says, [batch, 2 k]: the values, then zeros.
  constexpr Tensor sparse_gather(Tensor x, Tensor where);
  /// [batch, …, C] and weights [window, C, D] → [batch, places, D], where `places` is [W], [H, W] or [D, H, W].
  constexpr Tensor conv2d(Tensor image, Tensor weights, const Window& window, const Shape& places);
  /// The gradient of conv2d in its image, of shape `image`, for the gradient of its result.
  constexpr Tensor conv2d_transpose(Tensor result, Tensor weights, const Window& window, Shape image);
  /// The gradient of conv2d in its weights, of shape `weights`.
  constexpr Tensor conv2d_weights(Tensor image, Tensor result, const Window& window, Shape weights);
  constexpr Tensor max_pool(Tensor image, const Window& window, const Shape& places);
  /// `pool` is the max_pool that says where to put, or from where to take; `shape` is that of the result.
  constexpr Tensor max_unpool(Tensor x, Tensor pool, Shape shape);
  constexpr Tensor max_gather(Tensor x, Tensor pool);
  constexpr Tensor resample(Tensor image, Resampling map, bool transposed, const Window& window, Shape shape);
  /// `training` where `mode` says so, else `otherwise`.
  constexpr Tensor by_mode(Mode mode, Tensor training, Tensor otherwise);
  constexpr Tensor bottleneck(Tensor x);
  constexpr Tensor output(Tensor x, const char* name);
  constexpr Tensor side_output(Tensor x, const char* name);
  constexpr Tensor assign(Tensor target, Tensor value);

 private:
  /// The parameter of the layer that is being written, or -1.
  constexpr int find_parameter(const char* part) const {
    for (int i = 0; i < size(); ++i)
      if ((*this)[i].op == Op::parameter && (*this)[i].label == Label{layer_, part}) return i;
    return -1;
  }
  /// A formula has neither rows nor sums: its operands are numbers to it.
  constexpr void require_model() {
    if (in_formula_) mistake::a_formula_consists_of_elementwise_operations_and_numbers();
  }
  static constexpr int count_of(const Tensor (&operands)[3]) {
    int count = 3;
    while (count > 0 && operands[count - 1].builder == nullptr) --count;
    return count;
  }
  /// Records that an operation has another number of operands, and goes on with the first.
  constexpr Tensor wrong_count(const char* operation, bool too_few, const Tensor (&operands)[3]) {
    diagnostic_.record(too_few ? Mistake::operation_lacks_operand : Mistake::operation_given_too_many, operation);
    return operands[0].builder == nullptr ? constant(0) : operands[0];
  }
  constexpr void require_samples_apart(const Shape& from, const Shape& to) {
    if (in_model_ && from.has_batch() && !to.has_batch()) mistake(Mistake::samples_are_mixed, from, to);
  }
  constexpr Shape common_shape(const Shape& a, const Shape& b) {
    bool fits = true;
    const Shape shape = broadcast_shape(a, b, fits);
    // Beside an image kernels repeat single values and one row for all pixels, but neither a row of pixels nor an
    // image for all samples. Beside a matrix for each sample they repeat its column as well.
    if (shape.rank > 2 && shape.has_batch())
      fits =
          fits && (is_repeated(a, shape) || is_column(a, shape)) && (is_repeated(b, shape) || is_column(b, shape));
    if (!fits) mistake(Mistake::shapes_differ, a, b);
    return shape;
  }
  constexpr Shape shape_of_product(const Shape& x, const Shape& y, bool transpose_a, bool transpose_b);
  constexpr Shape shape_of_batched_product(const Shape& x, const Shape& y, const Node& node);
  /// For an operation over rows or over samples: the check of its operands, and its shape.
  constexpr bool is_complete(const RowOperation& operation);
  constexpr void shape_of_rows(Node& node, const Tensor (&operands)[3]);
  constexpr void shape_of_samples(Node& node, const Tensor (&operands)[3]);
  /// Where there is one channel, kernels gather all that a window sees into working memory of fixed size. Of
  /// upsampled images they know what ops::may_see_doubled allows.
  constexpr void require_room(const Shape& image, const Shape& result, const Window& window);
  static constexpr bool is_repeated(const Shape& from, const Shape& to) {
    return from == to || (from.rank < 2 && !from.has_batch());
  }
  static constexpr bool is_column(Shape from, const Shape& to) {
    if (from.rank != 3 || to.rank != 3 || from.dim[2] != 1) return false;
    from.dim[2] = to.dim[2];
    return from == to;
  }
  constexpr Tensor windowed(Op op, Tensor a, Tensor b, const Window& window, Shape shape) {
    Node node;
    node.op = op;
    node.inputs[0] = a.id;
    node.inputs[1] = b.id;
    node.window = window;
    node.shape = shape;
    return emit(node);
  }
  static constexpr bool is_sparse_row(const Shape& shape) {
    return shape.rank == 2 && shape.has_batch() && shape.columns() % 2 == 0;
  }
  constexpr Tensor sparse(Op op, const Tensor (&operands)[2], Shape shape) {
    Node node;
    node.op = op;
    for (int k = 0; k < 2; ++k) node.inputs[k] = operands[k].id;
    node.shape = shape;
    return emit(node);
  }
  constexpr Tensor reshaped(Op op, Tensor x, Shape shape) {
    require_model();
    if (op != Op::transpose && x.shape() == shape) return x;
    Node node;
    node.op = op;
    node.inputs[0] = x.id;
    node.shape = shape;
    return emit(node);
  }

  Graph graph_;
  Diagnostic diagnostic_;
  const char* layer_ = "";
  int model_end_ = -1;
  bool in_model_ = false;
  bool in_formula_ = false;
  bool shares_ = false;
};

constexpr const Node& Tensor::node() const { return (*builder)[id]; }
constexpr Shape Tensor::shape() const { return node().shape; }

// Arithmetic on symbolic tensors, and with numbers.
constexpr Tensor operator+(Tensor a, Tensor b) { return a.builder->binary(ops::add, a, b); }
constexpr Tensor operator-(Tensor a, Tensor b) { return a.builder->binary(ops::subtract, a, b); }
constexpr Tensor operator*(Tensor a, Tensor b) { return a.builder->binary(ops::multiply, a, b); }
constexpr Tensor operator/(Tensor a, Tensor b) { return a.builder->binary(ops::divide, a, b); }
constexpr Tensor operator-(Tensor a) { return a.builder->unary(ops::negate, a); }
constexpr Tensor operator+(Tensor a, float b) { return a + a.builder->constant(b); }
constexpr Tensor operator-(Tensor a, float b) { return a - a.builder->constant(b); }
constexpr Tensor operator*(Tensor a, float b) { return a * a.builder->constant(b); }
constexpr Tensor operator/(Tensor a, float b) { return a / a.builder->constant(b); }
constexpr Tensor operator+(float a, Tensor b) { return b.builder->constant(a) + b; }
constexpr Tensor operator-(float a, Tensor b) { return b.builder->constant(a) - b; }
constexpr Tensor operator*(float a, Tensor b) { return b.builder->constant(a) * b; }
constexpr Tensor operator/(float a, Tensor b) { return b.builder->constant(a) / b; }

// The elementwise functions that layers, losses and gradient rules are written in.
constexpr Tensor exp(Tensor x) { return x.builder->unary(ops::exp, x); }
constexpr Tensor log(Tensor x) { return x.builder->unary(ops::log, x); }
constexpr Tensor sqrt(Tensor x) { return x.builder->unary(ops::sqrt, x); }
constexpr Tensor abs(Tensor x) { return x.builder->unary(ops::absolute, x); }
// Functions, not objects as the other activations are: the C library has these names in the global namespace.
constexpr Tensor tanh(Tensor x) { return x.builder->unary(ops::tanh, x); }
constexpr Tensor sin(Tensor x) { return x.builder->unary(ops::sin, x); }
constexpr Tensor cos(Tensor x) { return x.builder->unary(ops::cos, x); }
constexpr Tensor sign(Tensor x) { return x.builder->unary(ops::sign, x); }
constexpr Tensor erf(Tensor x) { return x.builder->unary(ops::erf, x); }
constexpr Tensor pow(Tensor x, Tensor exponent) { return x.builder->binary(ops::pow, x, exponent); }
constexpr Tensor pow(Tensor x, float exponent) { return pow(x, x.builder->constant(exponent)); }
/// x, as if it were a constant: its gradient is zero.
constexpr Tensor stop_gradient(Tensor x) { return x.builder->unary(ops::stop_gradient, x); }
/// `value`, whose gradient goes to x as if it were x: where `value` is made of x by what has no gradient of its
/// own. Bengio et al. 2013, section 4.
constexpr Tensor straight_through(Tensor x, Tensor value) {
  return x.builder->binary(ops::straight_through, x, value);
}
constexpr Tensor square(Tensor x) { return x * x; }
constexpr Tensor maximum(Tensor a, Tensor b) { return a.builder->binary(ops::maximum, a, b); }
constexpr Tensor minimum(Tensor a, Tensor b) { return a.builder->binary(ops::minimum, a, b); }
constexpr Tensor greater(Tensor a, Tensor b) { return a.builder->binary(ops::greater, a, b); }
constexpr Tensor greater(Tensor a, float b) { return greater(a, a.builder->constant(b)); }
constexpr Tensor select(Tensor condition, Tensor a, Tensor b) { return a.builder->select(condition, a, b); }

}  // namespace isthmus
