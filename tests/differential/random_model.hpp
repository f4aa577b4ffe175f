// Autoencoders at random: rows and images, every elementwise operation, every pair of shapes that broadcasts,
// widths around those of a panel.
#pragma once

#include <isthmus/declare/images.hpp>
#include <isthmus/declare/penalties.hpp>
#include <isthmus/declare/training_only.hpp>
#include <isthmus/plan/simplify.hpp>

#include <array>
#include <numeric>
#include <vector>

#include "support/numbers.hpp"
#include "support/sample_operations.hpp"

namespace isthmus::testing {

/// A declared model, and which of the losses it is trained with.
struct RandomModel {
  Graph graph;
  int loss = 0;
};

/// The losses that random models are trained with: means over everything, terms that use the code, statistics
/// over the batch, and one that the decoder has no part in.
struct RandomLoss {
  int kind = 0;
  static constexpr int kinds = 5;

  constexpr Tensor operator()(Tensor y, Tensor target) const {
    Builder& b = *y.builder;
    int count = 0;
    const Tensor code = b.tensor(find_only(b.view(), Op::bottleneck, count));
    const Tensor error = y - target;
    switch (kind) {
      case 0: return mean(square(error));
      case 1: return mean(abs(error)) + 0.1f * mean_over_batch(square(code));
      case 2: {  // Of each column its mean over the batch, as a penalty on mean activations has it.
        const Tensor row = reshape(code, shape_of(batch, code.shape().elements_per_sample()));
        const Tensor activity =
            b.sum_to(row, shape_of(row.shape().columns())) / b.host_scalar(HostScalar::batch_size);
        return mean(square(error)) + sum(square(activity - 0.25f));
      }
      case 3: return mean_over_batch(b.unary(ops::softplus, error) - 0.5f * error);
      default: return mean(square(code - 0.3f));
    }
  }
};

class RandomModels {
 public:
  /// ONNX has no operations over whole samples.
  explicit RandomModels(std::uint32_t seed, bool with_samples = true) : seed_(seed), with_samples_(with_samples) {}

  RandomModel write() {
    Builder b;
    b.in_model();
    begin("x", b);
    const bool images = pick(3) == 0;
    const Shape in = images ? shape_of(batch, 2 + pick(5), 2 + pick(6), channels()) : shape_of(batch, width());
    live_ = {b.input("x", in)};
    const int before = 1 + pick(6), behind = pick(6);
    for (int i = 0; i < before; ++i) live_.push_back(next(b, pick(3) == 0 ? any() : live_.back()));
    Tensor code = live_.back();
    // A code without the batch would be the same for all samples.
    if (!depends_on_data(b, code)) code = dense(b, row_of(live_.front()), width());
    if (pick(2) == 0) code = dense(b, row_of(code), width());
    code = b.bottleneck(bounded(b, code));
    live_ = {code};
    for (int i = 0; i < behind; ++i) live_.push_back(next(b, pick(3) == 0 ? any() : live_.back()));
    Tensor y = live_.back();
    if (!reached_from_code(b, y)) y = code;
    if (!(y.shape() == in)) {
      y = dense(b, row_of(y), static_cast<int>(in.elements_per_sample()));
      y = reshape(y, in);
    }
    if (pick(3) == 0) y = b.unary(ops::sigmoid, y);
    b.output(y, "reconstruction");
    // Layers that nothing reads are no part of a model.
    return {plan::remove_dead(b.view()), pick(RandomLoss::kinds)};
  }

 private:
  int pick(int below) {
    return static_cast<int>(random_word(97, Purpose::example, seed_, count_++) %
                            static_cast<std::uint32_t>(below));
  }
  int width() {
    constexpr int some[] = {1, 1, 2, 15, 16, 17, 33};
    return some[pick(7)];
  }
  int channels() {
    constexpr int some[] = {1, 2, 3, 16, 17};
    return some[pick(5)];
  }
  Tensor any() { return live_[static_cast<std::size_t>(pick(static_cast<int>(live_.size())))]; }

  static bool reaches(const Builder& b, Tensor y, Op from) {
    std::vector<char> known(static_cast<std::size_t>(b.size()), char{0});
    for (int i = 0; i < b.size(); ++i) {
      known[static_cast<std::size_t>(i)] = b[i].op == from ? 1 : 0;
      for (int k = 0; k < 3 && b[i].inputs[k] >= 0; ++k)
        if (known[static_cast<std::size_t>(b[i].inputs[k])] != 0) known[static_cast<std::size_t>(i)] = 1;
    }
    return known[static_cast<std::size_t>(y.id)] != 0;
  }
  static bool depends_on_data(const Builder& b, Tensor y) {
    return y.shape().has_batch() && reaches(b, y, Op::input);
  }
  static bool reached_from_code(const Builder& b, Tensor y) {
    return y.shape().has_batch() && reaches(b, y, Op::bottleneck);
  }

  void begin(const char* name, Builder& b) { b.in_layer(name); }
  /// A layer of its own for each parameter.
  Tensor parameter(Builder& b, const char* part, Shape shape) {
    if (layers_ < names.size()) b.in_layer(names[layers_++]);
    else return b.broadcast(b.constant(0.1f), shape);
    return b.parameter(part, shape);
  }

  static Tensor row_of(Tensor x) {
    if (!x.shape().has_batch()) return x;
    return reshape(x, shape_of(batch, x.shape().elements_per_sample()));
  }
  Tensor dense(Builder& b, Tensor x, int out) {
    const int in = x.shape().columns();
    const bool turned = pick(3) == 0;
    const Tensor w = parameter(b, "weight", turned ? shape_of(out, in) : shape_of(in, out));
    const Tensor product = matmul(x, w, false, turned);
    return pick(4) == 0 ? product : product + parameter(b, "bias", shape_of(out));
  }
  Tensor bounded(Builder& b, Tensor x) { return b.unary(ops::tanh, x * 0.5f) * 2.0f; }

  Tensor next(Builder& b, Tensor x) {
    const Tensor y = x.shape().is_image() ? of_image(b, x) : of_row(b, x);
    return pick(4) == 0 ? y : bounded(b, y);
  }

  Tensor function(Builder& b, Tensor x) {
    const Elementwise* const some[] = {&ops::negate,     &ops::exp,  &ops::absolute, &ops::sign,     &ops::sin,
                                       &ops::cos,        &ops::tanh, &ops::sigmoid,  &ops::softplus, &ops::relu,
                                       &ops::leaky_relu, &ops::elu,  &ops::swish};
    switch (pick(8)) {
      case 0: return log(1.5f + square(x));
      case 1: return sqrt(1.0f + square(x));
      default: return b.unary(*some[pick(13)], x, 0.3f);
    }
  }

  Tensor of_row(Builder& b, Tensor x) {
    switch (pick(with_samples_ ? 12 : 11)) {
      case 0:
      case 1:
      case 2: return dense(b, x, width());
      case 10: return moved_row(b, x);
      case 9: return pick(3) == 0 ? log_softmax(x) * 0.3f : softmax(x);
      case 3: return sample_mean(x) * (pick(2) == 0 ? 1.0f : -2.0f);
      case 4: return chosen(b, x);
      case 5: return image_of(x);
      case 6: return function(b, x);
      case 11: return filter_of(b, x);
      default: return pair(b, x);
    }
  }

  /// Beside what is made of it, and a part of both.
  Tensor moved_row(Builder& b, Tensor x) {
    const Tensor both = pick(2) == 0 ? b.concat({x, function(b, x), {}}, 0) : b.concat({x, any_row(x), x}, 0);
    const int first = pick(both.shape().columns());
    const int size = std::min(width(), both.shape().columns() - first) + pick(2);
    return b.region(both, {first - pick(2)}, shape_of(batch, size));
  }
  Tensor any_row(Tensor x) {
    const Tensor y = any();
    return y.shape().rank == 2 && y.shape().has_batch() ? y : x;
  }
  /// A border, more channels, or the pixels as rows of a matrix that are multiplied alike.
  Tensor moved_image(Builder& b, Tensor x) {
    Shape s = x.shape();
    switch (pick(3)) {
      case 0: {
        const Offset offset{pick(3) - 1, pick(3) - 1};
        s.dim[1] += 1 - pick(2);
        s.dim[2] += 1 - pick(2);
        return b.region(x, offset, s);
      }
      case 1: {
        const Tensor y = b.concat({x, function(b, x), {}}, 2);
        return b.region(y, {0, 0, pick(s.channels())}, s);
      }
      default: {
        const int to = channels();
        const Tensor w = parameter(b, "weight", shape_of(s.channels(), to));
        if (s.channels() == 1) return b.permute(b.permute(x, {1, 0, 2}) * 0.5f, {1, 0, 2});
        const Tensor rows = reshape(x, shape_of(batch, s.height() * s.width(), s.channels()));
        return reshape(matmul(rows, w), shape_of(batch, s.height(), s.width(), to));
      }
    }
  }

  /// Of whole samples: with weights that all share, and sums over all of an image.
  Tensor filter_of(Builder& b, Tensor x) {
    return b.over_rows(filtered, {x, parameter(b, "filter", shape_of(1 + 2 * pick(3))), {}}) * 0.5f;
  }
  static Tensor total_of(Tensor x) {
    const auto pixels = static_cast<float>(x.shape().height() * x.shape().width());
    return x.builder->over_rows(running_total, {x, {}, {}}) * (2.0f / pixels);
  }

  /// One operand as wide as the other, a single column, a row for all samples, or a single number.
  Tensor partner(Builder& b, Tensor x) {
    const int columns = x.shape().dim[x.shape().rank - 1];
    switch (pick(6)) {
      case 0: return parameter(b, "row", shape_of(pick(2) == 0 ? columns : 1));
      case 1: return x.shape().is_image() ? x : sample_mean(x);
      case 2: return columns == 1 && !x.shape().is_image() ? parameter(b, "row", shape_of(width())) : x * 0.5f;
      case 3: return b.one_hot(columns, pick(columns));
      case 4: return b.constant(0.25f);
      default: {
        for (int attempt = 0; attempt < 10; ++attempt) {
          const Tensor y = any();
          bool fits = y.shape().is_image() == x.shape().is_image();
          if (fits) broadcast_shape(x.shape(), y.shape(), fits);
          if (fits && (!x.shape().is_image() || y.shape() == x.shape())) return y;
        }
        return function(b, x);
      }
    }
  }
  Tensor pair(Builder& b, Tensor x) {
    const Elementwise* const some[] = {&ops::add,     &ops::subtract, &ops::multiply, &ops::maximum,
                                       &ops::minimum, &ops::greater,  &ops::divide};
    const Elementwise& op = *some[pick(7)];
    Tensor y = partner(b, x);
    const bool divides = &op == &ops::divide;
    if (divides) y = 1.5f + square(y);
    // Of two values that are equal but for rounding, which is the greater one is a matter of chance.
    if (&op == &ops::greater) y = y + 0.0625f;
    return !divides && pick(2) == 0 ? b.binary(op, y, x) : b.binary(op, x, y);
  }
  Tensor chosen(Builder& b, Tensor x) {
    const Tensor y = partner(b, x);
    return select(greater(x, 0.1f), pick(2) == 0 ? x : x * 0.5f, y);
  }
  static Tensor image_of(Tensor x) {
    const int columns = x.shape().columns();
    if (columns == 16) return reshape(x, shape_of(batch, 2, 4, 2));
    if (columns == 33) return reshape(x, shape_of(batch, 3, 11, 1));
    if (columns == 15) return reshape(x, shape_of(batch, 5, 3, 1));
    return x * 0.5f;
  }

  Tensor of_image(Builder& b, Tensor x) {
    const Shape s = x.shape();
    const bool small = s.height() < 8 && s.width() < 8 && s.elements_per_sample() < 800;
    const bool large = s.height() > 3 && s.width() > 3;
    switch (pick(with_samples_ ? 14 : 12)) {
      case 0:
      case 1:
      case 2: return convolution(b, x);
      case 3: return large ? pool(x) : convolution(b, x);
      case 4: return small ? upsampled(x) : function(b, x);
      case 5: return small ? same_convolution(b, upsample<2>(x)) : same_convolution(b, x);
      case 6: return large ? max_pool<2>(b.unary(ops::relu, same_convolution(b, x))) : pair(b, x);
      case 7: return row_of(x);
      case 8: return chosen(b, x);
      case 9: return function(b, x);
      case 11: return moved_image(b, x);
      case 12: return total_of(x);
      case 13: return filter_of(b, x);
      default: return pair(b, x);
    }
  }
  Tensor same_convolution(Builder& b, Tensor x) {
    const int to = channels();
    const Tensor w = parameter(b, "weight", shape_of(3, 3, x.shape().channels(), to));
    const Tensor y = b.conv2d(x, w, Window{3, 3, 1, 1, 1, 1, 1}, shape_of(x.shape().height(), x.shape().width()));
    return pick(2) == 0 ? y : y + parameter(b, "bias", shape_of(to));
  }
  Tensor convolution(Builder& b, Tensor x) {
    const Shape s = x.shape();
    if (pick(3) == 0) return same_convolution(b, x);
    if (pick(4) == 0) return in_other_dimensions(b, x);
    const int height = 1 + pick(3), across = 1 + pick(4), down = 1 + pick(2), right = 1 + pick(2);
    const Padding padding = pick(3) > 0 || s.height() < 3 || s.width() < 4 ? same : valid;
    const declare::Extent rows = declare::extent_of(s.height(), height, down, padding);
    const declare::Extent columns = declare::extent_of(s.width(), across, right, padding);
    const int to = channels();
    // In as many groups as there may be, here and there.
    const int groups = (height + across) % 3 == 0 ? std::gcd(s.channels(), to) : 1;
    const auto weights = [&](const Window& window, int in, int out) {
      return parameter(b, "weight", ops::weights_shape(window, 2, in, out));
    };
    if (pick(4) == 0) {
      const Window window = Window{3, 3, 1, 1, 1, 1, 1}.in_groups(groups);
      return b.conv2d_transpose(x, weights(window, to, s.channels()), window,
                                shape_of(batch, s.height(), s.width(), to));
    }
    const Window window = Window{height, across, down, right, rows.pad, columns.pad, 1}.in_groups(groups);
    return b.conv2d(x, weights(window, s.channels(), to), window, shape_of(rows.results, columns.results));
  }
  /// The image as a series or as a volume, and back.
  Tensor in_other_dimensions(Builder& b, Tensor x) {
    const Shape s = x.shape();
    const Shape places = pick(2) == 0 ? shape_of(s.height() * s.width()) : shape_of(s.height(), 1, s.width());
    const Tensor other = reshape(x, ops::spatial_of(places, s.channels()));
    declare::WindowOptions options;
    options.apply(dilation(1 + pick(2), 1, 1 + pick(3)));
    const declare::Fitted fitted =
        declare::fit(other.shape(), places.rank, {places.rank == 3 ? 1 + pick(3) : 1, 1, 1 + pick(3)}, options);
    const int to = channels();
    const Tensor w = parameter(b, "weight", ops::weights_shape(fitted.window, places.rank, s.channels(), to));
    return reshape(b.conv2d(other, w, fitted.window, fitted.places), shape_of(batch, s.height(), s.width(), to));
  }
  Tensor pool(Tensor x) {
    switch (pick(4)) {
      case 0: return average_pool<2>(x);
      case 1: return max_pool<3, 2>(same)(x);
      default: return max_pool<2>(x);
    }
  }
  Tensor upsampled(Tensor x) { return pick(3) == 0 ? upsample<2>(bilinear)(x) : upsample<2>(x); }

  static constexpr std::array<const char*, 40> names = {
      "l00", "l01", "l02", "l03", "l04", "l05", "l06", "l07", "l08", "l09", "l10", "l11", "l12", "l13",
      "l14", "l15", "l16", "l17", "l18", "l19", "l20", "l21", "l22", "l23", "l24", "l25", "l26", "l27",
      "l28", "l29", "l30", "l31", "l32", "l33", "l34", "l35", "l36", "l37", "l38", "l39"};
  std::uint32_t seed_;
  bool with_samples_;
  std::uint64_t count_ = 0;
  std::size_t layers_ = 0;
  std::vector<Tensor> live_;
};

}  // namespace isthmus::testing
