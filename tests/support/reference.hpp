// What a graph means: every node computed in double precision by plain loops, in the order of the graph. The
// tests compare everything else with this.
#pragma once

#include <isthmus/graph.hpp>
#include <isthmus/run/session.hpp>

#include <cmath>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <vector>

namespace isthmus::reference {

/// A tensor whose batch dimension has become a number.
struct Array {
  std::vector<int> dims;
  std::vector<double> values;
};

inline std::vector<int> dims_of(const Shape& shape, int samples) {
  std::vector<int> dims(shape.dim, shape.dim + shape.rank);
  for (int& dim : dims)
    if (dim == batch) dim = samples;
  return dims;
}

inline std::size_t count_of(const std::vector<int>& dims) {
  std::size_t count = 1;
  for (const int dim : dims) count *= static_cast<std::size_t>(dim);
  return count;
}

/// Where element `index` of a tensor with `dims` lies in one that broadcasts to it (NumPy's rule).
inline std::size_t broadcast_index(std::size_t index, const std::vector<int>& dims,
                                   const std::vector<int>& from) {
  std::size_t result = 0, stride = 1;
  for (std::size_t i = 1; i <= dims.size(); ++i) {
    const auto extent = static_cast<std::size_t>(dims[dims.size() - i]);
    const std::size_t at = index % extent;
    index /= extent;
    if (i > from.size()) continue;
    const auto own = static_cast<std::size_t>(from[from.size() - i]);
    if (own != 1) result += at * stride;
    stride *= own;
  }
  return result;
}

/// One elementwise operation in double.
inline double evaluate(Op op, double a, double b, double c, double value) {
  switch (op) {
    case Op::negate:
      return -a;
    case Op::exp:
      return std::exp(a);
    case Op::log:
      return std::log(a);
    case Op::sqrt:
      return std::sqrt(a);
    case Op::absolute:
      return std::fabs(a);
    case Op::sign:
      return a > 0 ? 1 : a < 0 ? -1 : 0;
    case Op::tanh:
      return std::tanh(a);
    case Op::sigmoid:
      return 1 / (1 + std::exp(-a));
    case Op::softplus:
      return a > 0 ? a + std::log1p(std::exp(-a)) : std::log1p(std::exp(a));
    case Op::relu:
      return a > 0 ? a : 0;
    case Op::leaky_relu:
      return a > 0 ? a : value * a;
    case Op::elu:
      return a > 0 ? a : value * std::expm1(a);
    case Op::add:
      return a + b;
    case Op::subtract:
      return a - b;
    case Op::multiply:
      return a * b;
    case Op::divide:
      return a / b;
    case Op::maximum:
      return a > b ? a : b;
    case Op::minimum:
      return a < b ? a : b;
    case Op::greater:
      return a > b ? 1 : 0;
    case Op::select:
      return a != 0 ? b : c;
    default:
      throw std::logic_error("no elementwise operation");
  }
}

class Interpreter {
 public:
  Interpreter(GraphView graph, int samples) : samples_(samples), nodes_(graph.begin(), graph.end()) {
    for (const Node& node : nodes_) {
      Array array{dims_of(node.shape, samples), {}};
      array.values.assign(count_of(array.dims), node.op == Op::constant ? double{node.value} : 0.0);
      arrays_.push_back(array);
    }
  }

  Array& operator[](int node) { return arrays_[static_cast<std::size_t>(node)]; }
  const Node& node(int i) const { return nodes_[static_cast<std::size_t>(i)]; }
  int size() const { return static_cast<int>(nodes_.size()); }

  /// The leaf (or output) with this full name.
  Array& named(const std::string& name) {
    for (int i = 0; i < size(); ++i)
      if ((is_leaf(node(i).op) || node(i).op == Op::output) && run::full_name(node(i).label) == name &&
          node(i).op != Op::constant && node(i).op != Op::host_scalar)
        return (*this)[i];
    throw std::logic_error("no leaf or output \"" + name + "\"");
  }
  double scalar(const std::string& name) { return named(name).values.at(0); }

  void run(double step = 1, double learning_rate = 0) {
    for (int i = 0; i < size(); ++i) compute(i, step, learning_rate);
  }
  /// Assignments take place: the step is over.
  void commit() {
    for (int i = 0; i < size(); ++i)
      if (node(i).op == Op::assign) (*this)[node(i).inputs[0]].values = (*this)[node(i).inputs[1]].values;
  }

 private:
  void compute(int i, double step, double learning_rate) {
    const Node& self = node(i);
    Array& out = (*this)[i];
    const auto in = [&](int k) -> const Array& { return (*this)[self.inputs[k]]; };
    if (self.op == Op::host_scalar) {
      switch (static_cast<HostScalar>(self.attribute)) {
        case HostScalar::batch_size:
          out.values[0] = samples_;
          break;
        case HostScalar::step:
          out.values[0] = step;
          break;
        case HostScalar::learning_rate:
          out.values[0] = learning_rate;
          break;
      }
    } else if (is_leaf(self.op) || self.op == Op::assign) {
    } else if (is_elementwise(self.op)) {
      for (std::size_t e = 0; e < out.values.size(); ++e) {
        double x[3] = {};
        for (int k = 0; k < 3 && self.inputs[k] >= 0; ++k)
          x[k] = in(k).values.at(broadcast_index(e, out.dims, in(k).dims));
        out.values[e] = evaluate(self.op, x[0], x[1], x[2], double{self.value});
      }
    } else if (self.op == Op::broadcast) {
      for (std::size_t e = 0; e < out.values.size(); ++e)
        out.values[e] = in(0).values.at(broadcast_index(e, out.dims, in(0).dims));
    } else if (self.op == Op::sum_to) {
      out.values.assign(out.values.size(), 0.0);
      for (std::size_t e = 0; e < in(0).values.size(); ++e)
        out.values.at(broadcast_index(e, in(0).dims, out.dims)) += in(0).values[e];
    } else if (self.op == Op::transpose) {
      const auto rows = static_cast<std::size_t>(out.dims[0]),
                 columns = static_cast<std::size_t>(out.dims[1]);
      for (std::size_t r = 0; r < rows; ++r)
        for (std::size_t c = 0; c < columns; ++c) out.values[r * columns + c] = in(0).values.at(c * rows + r);
    } else if (self.op == Op::matmul) {
      multiply(self, in(0), in(1), out);
    } else {  // bottleneck, output
      out.values = in(0).values;
    }
  }

  static void multiply(const Node& self, const Array& a, const Array& b, Array& out) {
    const auto rows = static_cast<std::size_t>(out.dims[0]), columns = static_cast<std::size_t>(out.dims[1]);
    const auto a_columns = static_cast<std::size_t>(a.dims[1]),
               b_columns = static_cast<std::size_t>(b.dims[1]);
    const auto inner = static_cast<std::size_t>(self.transpose_a ? a.dims[0] : a.dims[1]);
    for (std::size_t r = 0; r < rows; ++r)
      for (std::size_t c = 0; c < columns; ++c) {
        double sum = 0;
        for (std::size_t k = 0; k < inner; ++k)
          sum += a.values.at(self.transpose_a ? k * a_columns + r : r * a_columns + k) *
                 b.values.at(self.transpose_b ? c * b_columns + k : k * b_columns + c);
        out.values[r * columns + c] = sum;
      }
  }

  int samples_;
  std::vector<Node> nodes_;
  std::vector<Array> arrays_;
};

}  // namespace isthmus::reference
