// Graphs at random, of everything that a graph may hold: what the passes must keep the meaning of.
#pragma once

#include <isthmus/builder.hpp>
#include <isthmus/differentiate/gradient.hpp>
#include <isthmus/differentiate/optimizers.hpp>

#include "support/numbers.hpp"

#include <array>

namespace isthmus::testing {

class RandomGraph {
 public:
  explicit RandomGraph(std::uint32_t seed) : seed_(seed) {}

  /// A graph of about `size` operations: outputs `y` and `loss`, and a step of SGD or Adam for every
  /// parameter.
  Builder write(int size, bool train) {
    Builder b;
    const int columns = width();
    live_ = {b.input("x", shape_of(batch, columns))};
    for (int i = 0; i < 3; ++i)
      live_.push_back(b.parameter(bias_names[static_cast<std::size_t>(i)], shape_of(width())));
    const int hot = width();
    live_.push_back(b.one_hot(hot, static_cast<int>(draw(static_cast<std::uint32_t>(hot)))));
    for (int i = 0; i < size; ++i) live_.push_back(bounded(b, next(b)));
    Tensor y = live_[0];
    Tensor loss = b.constant(0.0f);
    for (std::size_t i = live_.size() - 5; i < live_.size(); ++i) {
      loss = loss + mean(square(live_[i] - 0.3f));
      if (live_[i].shape().rank == 2 && live_[i].shape().has_batch()) y = live_[i];
    }
    b.output(y, "y");
    b.output(loss, "loss");
    if (train) update(b, loss);
    return b;
  }

 private:
  std::uint32_t draw(std::uint32_t below) { return random_word(99, Purpose::example, seed_, count_++) % below; }
  int width() {
    constexpr int widths[] = {1, 3, 5, 16, 17, 33};
    return widths[draw(6)];
  }
  Tensor any() { return live_[draw(static_cast<std::uint32_t>(live_.size()))]; }
  /// Any tensor that is a matrix with the batch in front.
  Tensor any_matrix() {
    for (;;) {
      const Tensor x = any();
      if (x.shape().rank == 2 && x.shape().has_batch()) return x;
    }
  }

  Tensor next(Builder& b) {
    switch (draw(13)) {
      case 11: return moved(b, any_matrix());
      case 12: return kept(b, any_matrix());
      case 10: return over_rows(any_matrix());
      case 0: {
        const Elementwise* const some[] = {&ops::negate,     &ops::tanh,  &ops::sigmoid,  &ops::softplus,
                                           &ops::relu,       &ops::elu,   &ops::absolute, &ops::sign,
                                           &ops::leaky_relu, &ops::swish, &ops::sin,      &ops::cos};
        const int which = draw(13);
        return which == 12 ? b.bottleneck(any()) : b.unary(*some[which], any(), 0.3f);
      }
      case 1:
      case 2: return product(b);
      case 3: return sum_of(b, any_matrix());
      case 4: return sqrt(1.0f + square(any()));
      case 5: return any() * (draw(2) == 0 ? 1.0f : 0.5f) + (draw(2) == 0 ? 0.0f : 0.25f);
      case 6: return chosen(b);
      default: return pair(b);
    }
  }

  Tensor over_rows(Tensor x) {
    switch (draw(3)) {
      case 0: return softmax(x);
      case 1: return row_norm(x + 3.0f);  // Of a row of zeros the length has no derivative.
      default: return row_max(x);
    }
  }

  /// What top_k keeps, alone, with what it keeps of the negative values, or in a product; ties are what relu makes
  /// of many values.
  Tensor kept(Builder& b, Tensor x) {
    const int n = x.shape().columns();
    const Tensor sparse = b.top_k(draw(2) == 0 ? b.unary(ops::relu, x) : x,
                                  1 + static_cast<int>(draw(static_cast<std::uint32_t>(n))));
    Tensor scattered = b.sparse_scatter(sparse, sparse, n);
    if (draw(3) == 0) {
      const Tensor least = b.top_k(-x, 1);
      scattered = scattered + b.sparse_scatter(least, least, n);
    }
    if (draw(3) == 0) return scattered;
    if (draw(3) == 0) return matmul(scattered, parameter(b, shape_of(width(), n)), false, true);
    return matmul(scattered, parameter(b, shape_of(n, width())));
  }

  Tensor product(Builder& b) {
    const Tensor x = any_matrix();
    const int inner = x.shape().columns(), out = width();
    if (draw(4) == 0) {  // Over the batch, back to a matrix of samples.
      const Tensor gram = matmul(x, any_matrix(), true, false);
      return matmul(x, gram * 0.05f, false, false);
    }
    const bool turned = draw(2) == 0;
    Tensor w = parameter(b, turned ? shape_of(out, inner) : shape_of(inner, out));
    if (draw(3) == 0) return matmul(x, transpose(w), false, !turned);
    return matmul(x, w, false, turned);
  }

  /// Beside another one, or itself, and a part of both; or with zeros around it.
  Tensor moved(Builder& b, Tensor x) {
    const int columns = x.shape().columns();
    if (draw(3) == 0)
      return b.region(x, {static_cast<int>(draw(3)) - 1}, shape_of(batch, columns + static_cast<int>(draw(3))));
    const Tensor both = draw(2) == 0 ? b.concat({x, any_matrix(), {}}, 0) : b.concat({any_matrix(), x, x}, 0);
    const int all = both.shape().columns(), first = static_cast<int>(draw(static_cast<std::uint32_t>(all)));
    return b.region(both, {first}, shape_of(batch, std::min(width(), all - first)));
  }

  Tensor sum_of(Builder& b, Tensor x) {
    switch (draw(3)) {
      case 0: return b.sum_to(x, shape_of(batch, 1)) * 0.1f;
      case 1: return b.sum_to(x, shape_of(x.shape().columns())) / b.host_scalar(HostScalar::batch_size);
      default: return mean(x);
    }
  }

  Tensor pair(Builder& b) {
    const Elementwise* const some[] = {&ops::add,     &ops::subtract, &ops::multiply,
                                       &ops::maximum, &ops::minimum,  &ops::greater};
    for (int attempt = 0; attempt < 20; ++attempt) {
      const Tensor x = any(), y = any();
      bool fits = true;
      broadcast_shape(x.shape(), y.shape(), fits);
      if (fits) return b.binary(*some[draw(6)], x, y);
    }
    return square(any());
  }
  Tensor chosen(Builder& b) {
    for (int attempt = 0; attempt < 20; ++attempt) {
      const Tensor c = any(), x = any(), y = any();
      bool fits = true;
      broadcast_shape(broadcast_shape(c.shape(), x.shape(), fits), y.shape(), fits);
      if (fits) return select(greater(c, 0.1f), x, y);
    }
    return b.unary(ops::tanh, any());
  }

  Tensor bounded(Builder& b, Tensor x) {
    return draw(3) == 0 ? b.unary(ops::tanh, x) : b.unary(ops::tanh, x * 0.5f) * 2.0f;
  }

  Tensor parameter(Builder& b, Shape shape) {
    if (weights_ == weight_names.size()) return b.broadcast(b.constant(0.1f), shape);
    return b.parameter(weight_names[weights_++], shape);
  }

  void update(Builder& b, Tensor loss) {
    std::vector<Tensor> parameters;
    for (int i = 0; i < b.size(); ++i)
      if (b[i].op == Op::parameter) parameters.push_back(b.tensor(i));
    const auto gradient = differentiate::gradients(loss, parameters);
    const Tensor step = b.host_scalar(HostScalar::step), rate = b.host_scalar(HostScalar::learning_rate);
    const bool use_adam = draw(2) == 0;
    for (std::size_t i = 0; i < parameters.size(); ++i)
      if (use_adam) adam{}.update(parameters[i], gradient[i], rate, step);
      else sgd{}.update(parameters[i], gradient[i], rate, step);
  }

  static constexpr std::array<const char*, 3> bias_names = {"b0", "b1", "b2"};
  static constexpr std::array<const char*, 12> weight_names = {"w0", "w1", "w2", "w3", "w4",  "w5",
                                                               "w6", "w7", "w8", "w9", "w10", "w11"};
  std::uint32_t seed_;
  std::uint64_t count_ = 0;
  std::size_t weights_ = 0;
  std::vector<Tensor> live_;
};

}  // namespace isthmus::testing
