// Graphs of images at random: what the passes and the rewrites must keep the meaning of.
#pragma once

#include <isthmus/declare/images.hpp>
#include <isthmus/differentiate/gradient.hpp>
#include <isthmus/differentiate/optimizers.hpp>

#include "support/numbers.hpp"

#include <array>

namespace isthmus::testing {

class RandomImages {
 public:
  explicit RandomImages(std::uint32_t seed) : seed_(seed) {}

  /// About `size` operations between the input and the outputs `y` and `loss`; with `train` a step of all
  /// parameters.
  Builder write(int size, bool train) {
    Builder b;
    b.in_layer("x");
    live_ = {b.Builder::input("x", shape_of(batch, 4 + pick(5), 3 + pick(6), channels()))};
    for (int i = 0; i < size; ++i) {
      // Mostly on from the last one, sometimes from any: what has several readers is not rewritten.
      const Tensor from = pick(4) == 0 ? any() : live_.back();
      live_.push_back(next(b, from));
    }
    Tensor loss = b.constant(0.0f);
    for (std::size_t i = live_.size() > 3 ? live_.size() - 3 : 0; i < live_.size(); ++i)
      loss = loss + mean(square(live_[i] - 0.3f));
    b.output(live_.back(), "y");
    b.output(loss, "loss");
    if (train) update(b, loss);
    return b;
  }

 private:
  int pick(int below) {
    const std::uint32_t word = random_word(98, Purpose::example, seed_, count_++);
    return static_cast<int>(word % static_cast<std::uint32_t>(below));
  }
  int channels() {
    constexpr int some[] = {1, 2, 3, 16, 16, 17};
    return some[pick(6)];
  }
  Tensor any() { return live_[static_cast<std::size_t>(pick(static_cast<int>(live_.size())))]; }

  Tensor next(Builder& b, Tensor x) {
    const Shape s = x.shape();
    switch (pick(15)) {
      case 0:
      case 1:
      case 2: return convolution(b, x);
      case 3: return s.height() > 3 && s.width() > 3 ? pool(b, x) : convolution(b, x);
      case 4: return s.height() < 8 && s.width() < 8 ? upsampled(x) : convolution(b, x);
      case 5: return b.unary(ops::tanh, x + parameter(b, shape_of(s.channels())));
      case 6: {
        const Elementwise* const some[] = {&ops::relu, &ops::elu, &ops::sigmoid, &ops::leaky_relu, &ops::absolute};
        return b.unary(*some[pick(5)], x, pick(2) == 0 ? 0.3f : -0.2f);
      }
      case 7: return x * parameter(b, shape_of(pick(2) == 0 ? 1 : s.channels()));
      case 8: return joined(b, x);
      case 9:
      case 10: return s.height() > 3 && s.width() > 3 ? pooled_convolution(b, x) : joined(b, x);
      case 12: return bordered(b, x);
      case 13: return turned(b, x);
      case 11: return s.height() < 8 && s.width() < 8 ? same_convolution(b, upsample<2>(x)) : joined(b, x);
      default: return reshape(b.unary(ops::tanh, reshape(x, shape_of(batch, s.elements_per_sample()))), s);
    }
  }

  /// A border of zeros, or without one, and other channels behind or before it.
  Tensor bordered(Builder& b, Tensor x) {
    Shape shape = x.shape();
    Offset offset;
    for (int d = 1; d < 3; ++d) {
      offset.set(d - 1, pick(4) - 2);
      shape.dim[d] = std::max(2, shape.dim[d] - offset[d - 1] + pick(3) - 1);
    }
    const Tensor y = b.region(x, offset, shape);
    return pick(2) == 0 ? y : b.concat({y, b.unary(ops::tanh, y), {}}, pick(3));
  }
  /// In another order; where there are channels then, they are few.
  static Tensor turned(Builder& b, Tensor x) {
    const Shape s = x.shape();
    if (s.elements_per_sample() > 600) return b.unary(ops::tanh, x);
    const Tensor y = b.permute(x, {2, 0, 1});
    return b.permute(b.unary(ops::tanh, y) + y, {1, 2, 0});
  }

  Tensor convolution(Builder& b, Tensor x) {
    const Shape s = x.shape();
    const bool plain = pick(2) == 0;
    const int height = plain ? 3 : 1 + pick(3), width = plain ? 3 : 1 + pick(4);
    const int stride_y = plain ? 1 : 1 + pick(2), stride_x = plain ? 1 : 1 + pick(2);
    const Padding padding = pick(3) > 0 || s.height() < 3 || s.width() < 4 ? same : valid;
    const declare::Extent y = declare::extent_of(s.height(), height, stride_y, padding);
    const declare::Extent right = declare::extent_of(s.width(), width, stride_x, padding);
    const Window window{height, width, stride_y, stride_x, y.pad, right.pad, 1};
    const int to = channels();
    if (pick(5) == 0)
      return b.conv2d_transpose(x, parameter(b, shape_of(3, 3, to, s.channels())), Window{3, 3, 1, 1, 1, 1, 1},
                                shape_of(batch, s.height(), s.width(), to)) *
             0.2f;
    const Tensor w = parameter(b, shape_of(height, width, s.channels(), to));
    const Tensor result = b.conv2d(x, w, window, shape_of(y.results, right.results));
    return pick(3) == 0 ? result : b.unary(ops::tanh, result);
  }
  Tensor same_convolution(Builder& b, Tensor x) {
    const Shape s = x.shape();
    const int to = channels();
    return b.conv2d(x, parameter(b, shape_of(3, 3, s.channels(), to)) * 0.3f, Window{3, 3, 1, 1, 1, 1, 1},
                    shape_of(s.height(), s.width()));
  }
  Tensor pooled_convolution(Builder& b, Tensor x) {
    Tensor y = same_convolution(b, x);
    if (pick(2) == 0) y = y + parameter(b, shape_of(y.shape().channels()));
    if (pick(2) == 0) y = b.unary(pick(2) == 0 ? ops::tanh : ops::relu, y);
    return max_pool<2>(y);
  }
  Tensor pool(Builder&, Tensor x) {
    switch (pick(4)) {
      case 0: return average_pool<2>(x);
      case 1: return max_pool<3, 2>(same)(x);
      default: return max_pool<2>(x);
    }
  }
  Tensor upsampled(Tensor x) { return pick(3) == 0 ? upsample<2>(bilinear)(x) : upsample<2>(x); }

  /// With another image of this shape, or with numbers made of one.
  Tensor joined(Builder& b, Tensor x) {
    for (int attempt = 0; attempt < 20; ++attempt) {
      const Tensor y = any();
      if (y.shape() == x.shape() && y.id != x.id) return pick(2) == 0 ? x + y : maximum(x, y);
    }
    return x * b.unary(ops::sigmoid, b.sum_to(x, pick(2) == 0 ? shape_of(x.shape().channels()) : Shape{}) * 0.01f);
  }

  Tensor parameter(Builder& b, Shape shape) {
    if (weights_ == names.size()) return b.broadcast(b.constant(0.1f), shape);
    return b.parameter(names[weights_++], shape);
  }

  void update(Builder& b, Tensor loss) {
    std::vector<Tensor> parameters;
    for (int i = 0; i < b.size(); ++i)
      if (b[i].op == Op::parameter) parameters.push_back(b.tensor(i));
    const auto gradient = differentiate::gradients(loss, parameters);
    const Tensor step = b.host_scalar(HostScalar::step), rate = b.host_scalar(HostScalar::learning_rate);
    for (std::size_t i = 0; i < parameters.size(); ++i)
      sgd{.momentum = 0.9f}.update(parameters[i], gradient[i], rate, step);
  }

  static constexpr std::array<const char*, 16> names = {"w0", "w1", "w2",  "w3",  "w4",  "w5",  "w6",  "w7",
                                                        "w8", "w9", "w10", "w11", "w12", "w13", "w14", "w15"};
  std::uint32_t seed_;
  std::uint64_t count_ = 0;
  std::size_t weights_ = 0;
  std::vector<Tensor> live_;
};

}  // namespace isthmus::testing
