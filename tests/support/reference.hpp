// The meaning of a graph: every node computed in double precision by plain loops, in the order of the graph. The
// tests compare everything else with this.
#pragma once

#include <isthmus/plan/simplify.hpp>
#include <isthmus/run/session.hpp>

#include "support/batched_reference.hpp"
#include "support/convolution_reference.hpp"
#include "support/elementwise_reference.hpp"
#include "support/movement_reference.hpp"
#include "support/numbers.hpp"
#include "support/recurrence_reference.hpp"
#include "support/row_reference.hpp"
#include "support/sparse_reference.hpp"

#include <cmath>
#include <cstdint>
#include <functional>
#include <stdexcept>
#include <string>
#include <vector>

namespace isthmus::reference {

/// The values that `random` draws: any function of the node and the element, the same in every graph that has a
/// node of this name.
using Draw = std::function<double(const Node&, std::size_t)>;
inline double draw_uniform(const Node& node, std::size_t element) {
  std::uint32_t stream = 23;
  for (const char c : full_name(node.label)) stream = stream * 31 + static_cast<std::uint32_t>(c);
  return testing::uniform(stream, element, 0, 1);
}

/// An operation that is neither elementwise nor a sum nor a product of two matrices. `positions` are those of the
/// pool that max_unpool, max_gather and a pooled conv2d_weights name; a pool leaves its own there.
inline void apply_image_operation(const Node& self, const Array& a, const Array& b, std::vector<double>& positions,
                                  Array& out) {
  switch (self.op) {
    case Op::reshape: out.values = a.values; return;
    case Op::batched_matmul: return multiply_batched(self, a, b, out);
    case Op::conv2d:
    case Op::conv2d_transpose: {
      Array whole = out;
      if (self.pooled) whole = zeros({out.dims[0], 2 * out.dims[1], 2 * out.dims[2], out.dims[3]});
      if (b.dims.size() == 2) convolve_packed(a, b, self, whole);
      else if (self.op == Op::conv2d) convolve(a, b, self.window, whole);
      else convolve_transposed(a, b, self.window, whole);
      if (self.pooled) pool(whole, Window{2, 2, 2, 2, 0, 0, 1}, out, positions);
      else out = whole;
      return;
    }
    case Op::conv2d_weights: {
      Array gradient = b;
      if (self.pooled) {
        gradient = zeros({b.dims[0], 2 * b.dims[1], 2 * b.dims[2], b.dims[3]});
        unpool(b, Window{2, 2, 2, 2, 0, 0, 1}, positions, gradient);
      }
      return out.dims.size() == 2 ? gradient_of_packed(a, gradient, self, out)
                                  : convolve_weights(a, gradient, self.window, out);
    }
    case Op::conv2d_pack: return pack(a, self, out);
    case Op::conv2d_restore: return restore(a, self, out);
    case Op::max_pool: return pool(a, self.window, out, positions);
    case Op::max_unpool: return unpool(a, self.window, positions, out);
    case Op::max_gather: return gather(a, self.window, positions, out);
    case Op::resample: return resample(a, self, out);
    default: throw std::logic_error("no operation on images");
  }
}

class Interpreter {
 public:
  /// The values of random nodes.
  Draw draw = draw_uniform;
  /// The rounding of a product's operands before it is computed, or null.
  double (*rounded)(double) = nullptr;
  /// Samples of all processes; what all_reduce sums over them, `compute` leaves to the caller.
  int all_samples;

  Interpreter(GraphView graph, int samples) : all_samples(samples), nodes_(graph.begin(), graph.end()) {
    for (const Node& node : nodes_) {
      Array array{dims_of(node.shape, samples), {}};
      array.values.assign(count_of(array.dims), node.op == Op::constant ? double{node.value} : 0.0);
      if (node.op == Op::one_hot) array.values.at(static_cast<std::size_t>(node.value)) = 1;
      arrays_.push_back(array);
    }
    positions_.resize(arrays_.size());
  }

  Array& operator[](int node) { return arrays_[static_cast<std::size_t>(node)]; }
  const Node& node(int i) const { return nodes_[static_cast<std::size_t>(i)]; }
  int size() const { return static_cast<int>(nodes_.size()); }

  /// The leaf (or output) with this full name.
  Array& named(const std::string& name) {
    for (int i = 0; i < size(); ++i)
      if ((is_leaf(node(i).op) || node(i).op == Op::output || node(i).op == Op::side_output) &&
          full_name(node(i).label) == name && node(i).op != Op::constant && node(i).op != Op::one_hot &&
          node(i).op != Op::host_scalar)
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

  /// One node, whose operands are there.
  void compute(int i, double step, double learning_rate) {
    const Node& self = node(i);
    Array& out = (*this)[i];
    const auto in = [&](int k) -> const Array& { return (*this)[self.inputs[k]]; };
    if (self.op == Op::host_scalar) {
      switch (self.attribute.as<HostScalar>()) {
        case HostScalar::batch_size: out.values[0] = all_samples; break;
        case HostScalar::step: out.values[0] = self.value > 1 ? std::ceil(step / double{self.value}) : step; break;
        case HostScalar::updates: out.values[0] = std::fmod(step, double{self.value}) == 0 ? 1 : 0; break;
        case HostScalar::learning_rate: out.values[0] = learning_rate; break;
      }
    } else if (is_leaf(self.op) || self.op == Op::assign) {
    } else if (self.op == Op::elementwise) {
      for (std::size_t e = 0; e < out.values.size(); ++e) {
        double x[3] = {};
        for (int k = 0; k < 3 && self.inputs[k] >= 0; ++k)
          x[k] = in(k).values.at(broadcast_index(e, out.dims, in(k).dims));
        out.values[e] = reference::evaluate(*self.function, x[0], x[1], x[2], double{self.value});
      }
    } else if (self.op == Op::broadcast) {
      for (std::size_t e = 0; e < out.values.size(); ++e)
        out.values[e] = in(0).values.at(broadcast_index(e, out.dims, in(0).dims));
    } else if (self.op == Op::sum_to) {
      out.values.assign(out.values.size(), 0.0);
      // An image of one channel is a row to the kernels: over all samples it has a sum for each pixel.
      const bool by_pixel = in(0).dims.size() > 2 && in(0).dims.back() == 1 && out.dims.size() == 1;
      for (std::size_t e = 0; e < in(0).values.size(); ++e)
        out.values.at(by_pixel ? e % out.values.size() : broadcast_index(e, in(0).dims, out.dims)) +=
            in(0).values[e];
    } else if (self.op == Op::transpose) {
      const auto rows = static_cast<std::size_t>(out.dims[0]), columns = static_cast<std::size_t>(out.dims[1]);
      for (std::size_t r = 0; r < rows; ++r)
        for (std::size_t c = 0; c < columns; ++c) out.values[r * columns + c] = in(0).values.at(c * rows + r);
    } else if (self.op == Op::matmul) {
      multiply(self, in(0), in(1), out);
    } else if (self.op == Op::rows) {
      std::vector<const Row*> operands;
      std::vector<Shape> shapes;
      for (int k = 0; k < self.row_operation->operands; ++k) {
        operands.push_back(&in(k).values);
        shapes.push_back(node(self.inputs[k]).shape);
      }
      over_rows(self, operands, shapes, out.values);
    } else if (plan::moves_values(self.op)) {
      std::vector<Array> operands;
      for (int k = 0; k < 3 && self.inputs[k] >= 0; ++k) operands.push_back(in(k));
      move(self, operands, out);
    } else if (self.op == Op::gather) {
      gather(in(0), self.inputs[1] < 0 ? nullptr : &in(1), out);
    } else if (self.op == Op::scatter) {
      scatter(in(0), in(1), out);
    } else if (is_recurrence(self.op)) {
      apply_recurrence(self, in(0), in(1), self.inputs[2] < 0 ? nullptr : &in(2), out);
    } else if (self.op == Op::random) {
      for (std::size_t e = 0; e < out.values.size(); ++e) out.values[e] = draw(self, e);
    } else if (self.op == Op::bottleneck || self.op == Op::by_mode || self.op == Op::output ||
               self.op == Op::side_output || self.op == Op::all_reduce) {  // Of one process.
      out.values = in(0).values;
    } else if (is_of_sparse_rows(self.op)) {
      const auto operand = [&](int k) -> const Array& { return in(self.inputs[k] < 0 ? 0 : k); };
      apply_sparse_operation(self, in(0), operand(1), operand(2), out);
    } else {
      const bool by_pool = self.op == Op::max_unpool || self.op == Op::max_gather;
      const int pool = by_pool ? self.inputs[1] : self.inputs[2] >= 0 ? self.inputs[2] : i;
      apply_image_operation(self, in(0), in(self.inputs[1] < 0 ? 0 : 1),
                            positions_[static_cast<std::size_t>(pool)], out);
    }
  }

 private:
  void multiply(const Node& self, const Array& a, const Array& b, Array& out) const {
    const auto operand = [this](double x) { return rounded == nullptr ? x : rounded(x); };
    // A matrix for each sample is one matrix of all rows.
    const auto columns_of = [](const Array& x) { return static_cast<std::size_t>(x.dims.back()); };
    const std::size_t columns = columns_of(out), a_columns = columns_of(a), b_columns = columns_of(b);
    const std::size_t rows = out.values.size() / columns;
    const std::size_t inner = self.transpose_a ? a.values.size() / a_columns : a_columns;
    for (std::size_t r = 0; r < rows; ++r)
      for (std::size_t c = 0; c < columns; ++c) {
        double sum = 0;
        for (std::size_t k = 0; k < inner; ++k)
          sum += operand(a.values.at(self.transpose_a ? k * a_columns + r : r * a_columns + k)) *
                 operand(b.values.at(self.transpose_b ? c * b_columns + k : k * b_columns + c));
        out.values[r * columns + c] = sum;
      }
  }

  std::vector<Node> nodes_;
  std::vector<Array> arrays_;
  std::vector<std::vector<double>> positions_;  ///< of each pool
};

}  // namespace isthmus::reference
