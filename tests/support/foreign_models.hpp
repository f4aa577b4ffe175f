// Models as PyTorch and Keras compute them: plain loops in double precision over tensors in the layout and under
// the names of these, for the tests of imports.
#pragma once

#include <isthmus/interchange/import.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "support/numbers.hpp"

namespace isthmus::testing {

using interchange::Layout;

/// One sample on its way: an image, or a row as so many channels of one pixel. PyTorch has [channels, height,
/// width], Keras [height, width, channels].
struct Sample {
  Layout layout = Layout::torch;
  int channels = 0, height = 1, width = 1;
  std::vector<double> values = std::vector<double>(static_cast<std::size_t>(channels * height * width));

  std::size_t position(int c, int y, int x) const {
    return static_cast<std::size_t>(layout == Layout::torch ? (c * height + y) * width + x
                                                            : (y * width + x) * channels + c);
  }
  double& at(int c, int y, int x) { return values[position(c, y, x)]; }
  double at(int c, int y, int x) const { return values[position(c, y, x)]; }
  bool has(int y, int x) const { return y >= 0 && y < height && x >= 0 && x < width; }

  /// [height, width, channels], as Isthmus has it.
  std::vector<double> in_our_order() const {
    std::vector<double> all;
    for (int y = 0; y < height; ++y)
      for (int x = 0; x < width; ++x)
        for (int c = 0; c < channels; ++c) all.push_back(at(c, y, x));
    return all;
  }
  template <class Function>
  Sample map(Function function) const {
    Sample result = *this;
    std::transform(values.begin(), values.end(), result.values.begin(), function);
    return result;
  }
  /// The same values, as they lie, in another shape: what both call reshape, and flatten.
  Sample reshaped(int c, int h, int w) const { return {layout, c, h, w, values}; }
  Sample flat() const { return reshaped(static_cast<int>(values.size()), 1, 1); }
};

inline double relu(double x) { return std::max(x, 0.0); }
inline double elu(double x) { return x > 0 ? x : std::expm1(x); }
inline double sigmoid(double x) { return 1 / (1 + std::exp(-x)); }

/// How a window moves: results, stride, zeros above and to the left.
struct Steps {
  int height, width, stride = 1, pad = 0;
};

/// A model of another program: the first sample makes its parameters, of random values.
class ForeignModel {
 public:
  struct Parameter {
    std::string layer, part;
    std::vector<std::int64_t> shape;
    std::vector<float> values;
  };

  explicit ForeignModel(Layout layout) : layout_(layout) {}

  bool torch() const { return layout_ == Layout::torch; }
  const std::vector<Parameter>& parameters() const { return parameters_; }
  std::vector<Parameter>& parameters() { return parameters_; }

  /// From [height, width, channels].
  Sample sample(int channels, int height, int width, const std::vector<float>& ours) const {
    Sample x{layout_, channels, height, width};
    std::size_t i = 0;
    for (int row = 0; row < height; ++row)
      for (int column = 0; column < width; ++column)
        for (int c = 0; c < channels; ++c) x.at(c, row, column) = static_cast<double>(ours[i++]);
    return x;
  }

  Sample dense(const Sample& x, const std::string& layer, int out) {
    const int in = x.channels;
    const std::vector<float> weight =
        torch() ? parameter(layer, "weight", {out, in}, in) : parameter(layer, "kernel", {in, out}, in);
    Sample y{layout_, out};
    for (int o = 0; o < out; ++o)
      for (int i = 0; i < in; ++i)
        y.values[static_cast<std::size_t>(o)] +=
            x.values[static_cast<std::size_t>(i)] *
            double{weight[static_cast<std::size_t>(torch() ? o * in + i : i * out + o)]};
    return with_bias(y, layer);
  }

  Sample convolution(const Sample& x, const std::string& layer, int out, int size, Steps steps) {
    const int in = x.channels;
    const std::vector<float> weight = torch()
                                          ? parameter(layer, "weight", {out, in, size, size}, in * size * size)
                                          : parameter(layer, "kernel", {size, size, in, out}, in * size * size);
    Sample y{layout_, out, steps.height, steps.width};
    each_tap(y, size, [&](int row, int column, int i, int j) {
      const int from_row = row * steps.stride - steps.pad + i, from_column = column * steps.stride - steps.pad + j;
      if (!x.has(from_row, from_column)) return;
      for (int o = 0; o < out; ++o)
        for (int c = 0; c < in; ++c) {
          const int at = torch() ? ((o * in + c) * size + i) * size + j : ((i * size + j) * in + c) * out + o;
          y.at(o, row, column) += x.at(c, from_row, from_column) * double{weight[static_cast<std::size_t>(at)]};
        }
    });
    return with_bias(y, layer);
  }

  /// `steps` are those of the result, an image that a convolution would take to x.
  Sample transposed_convolution(const Sample& x, const std::string& layer, int out, int size, Steps steps) {
    const int in = x.channels;
    const std::vector<float> weight = torch() ? parameter(layer, "weight", {in, out, size, size}, in * size)
                                              : parameter(layer, "kernel", {size, size, out, in}, in * size);
    Sample y{layout_, out, steps.height, steps.width};
    each_tap(x, size, [&](int row, int column, int i, int j) {
      const int to_row = row * steps.stride - steps.pad + i, to_column = column * steps.stride - steps.pad + j;
      if (!y.has(to_row, to_column)) return;
      for (int o = 0; o < out; ++o)
        for (int c = 0; c < in; ++c) {
          const int at = torch() ? ((c * out + o) * size + i) * size + j : ((i * size + j) * out + o) * in + c;
          y.at(o, to_row, to_column) += x.at(c, row, column) * double{weight[static_cast<std::size_t>(at)]};
        }
    });
    return with_bias(y, layer);
  }

  Sample batch_norm(const Sample& x, const std::string& layer) {
    const std::int64_t n = x.channels;
    const std::vector<float> scale = parameter(layer, torch() ? "weight" : "gamma", {n}),
                             shift = parameter(layer, torch() ? "bias" : "beta", {n}),
                             mean = parameter(layer, torch() ? "running_mean" : "moving_mean", {n});
    std::vector<float> variance = parameter(layer, torch() ? "running_var" : "moving_variance", {n});
    Sample y = x;
    for (int c = 0; c < x.channels; ++c)
      for (int row = 0; row < x.height; ++row)
        for (int column = 0; column < x.width; ++column) {
          const auto k = static_cast<std::size_t>(c);
          y.at(c, row, column) = (x.at(c, row, column) - double{mean[k]}) /
                                     std::sqrt(double{variance[k]} + 1e-3f) * double{scale[k]} +
                                 double{shift[k]};
        }
    return y;
  }

  Sample max_pool(const Sample& x) const {
    Sample y{layout_, x.channels, x.height / 2, x.width / 2};
    for (int c = 0; c < y.channels; ++c)
      for (int row = 0; row < y.height; ++row)
        for (int column = 0; column < y.width; ++column)
          y.at(c, row, column) =
              std::max({x.at(c, 2 * row, 2 * column), x.at(c, 2 * row, 2 * column + 1),
                        x.at(c, 2 * row + 1, 2 * column), x.at(c, 2 * row + 1, 2 * column + 1)});
    return y;
  }

  Sample upsample(const Sample& x) const {
    Sample y{layout_, x.channels, 2 * x.height, 2 * x.width};
    for (int c = 0; c < y.channels; ++c)
      for (int row = 0; row < y.height; ++row)
        for (int column = 0; column < y.width; ++column) y.at(c, row, column) = x.at(c, row / 2, column / 2);
    return y;
  }

  /// As a file has them: each named by `name`, in the order of their names as safetensors sorts them.
  interchange::ForeignWeights weights(const std::function<std::string(const Parameter&)>& name) const {
    interchange::ForeignWeights file{"weights", {}, false};
    for (const Parameter& parameter : parameters_)
      file.tensors.push_back({name(parameter), parameter.shape, "F32", parameter.values});
    std::sort(file.tensors.begin(), file.tensors.end(),
              [](const auto& a, const auto& b) { return a.name < b.name; });
    return file;
  }
  interchange::ForeignWeights weights() const {
    return weights([&](const Parameter& p) { return p.layer + (torch() ? "." : "/") + p.part; });
  }

 private:
  template <class Function>
  static void each_tap(const Sample& windows, int size, Function function) {
    for (int row = 0; row < windows.height; ++row)
      for (int column = 0; column < windows.width; ++column)
        for (int i = 0; i < size; ++i)
          for (int j = 0; j < size; ++j) function(row, column, i, j);
  }

  Sample with_bias(Sample y, const std::string& layer) {
    const std::vector<float> bias = parameter(layer, "bias", {y.channels});
    for (int c = 0; c < y.channels; ++c)
      for (int row = 0; row < y.height; ++row)
        for (int column = 0; column < y.width; ++column)
          y.at(c, row, column) += double{bias[static_cast<std::size_t>(c)]};
    return y;
  }

  /// Vectors are positive, as variances are; weights are such that sums of `terms` of them stay in bounds.
  std::vector<float> parameter(const std::string& layer, const std::string& part, std::vector<std::int64_t> shape,
                               int terms = 0) {
    for (const Parameter& known : parameters_)
      if (known.layer == layer && known.part == part) return known.values;
    std::size_t count = 1;
    for (const std::int64_t extent : shape) count *= static_cast<std::size_t>(extent);
    const double bound = terms > 0 ? std::sqrt(6.0 / terms) : 0.9;
    const auto stream = static_cast<std::uint32_t>(100 + parameters_.size());
    parameters_.push_back({layer, part, std::move(shape), floats(count, stream, terms > 0 ? -bound : 0.1, bound)});
    return parameters_.back().values;
  }

  Layout layout_;
  std::vector<Parameter> parameters_;
};

/// The result of each of our layers, including its activation, by the names that the graph has.
using LayerResults = std::vector<std::pair<std::string, Sample>>;

/// `names`: what the other program calls our layers, in our order.
using Names = std::vector<std::string>;

/// graphs/dense.hpp.
inline LayerResults run_dense(ForeignModel& m, const std::vector<float>& image, const Names& names) {
  const char* const ours[] = {"enc1", "enc2", "code", "dec1", "dec2", "dec3"};
  const int widths[] = {512, 128, 10, 128, 512, 784};
  LayerResults results;
  Sample x = m.sample(784, 1, 1, image);
  for (std::size_t i = 0; i < 6; ++i) {
    x = m.dense(x, names[i], widths[i]);
    if (i != 2) x = i == 5 ? x.map(sigmoid) : x.map(elu);
    results.emplace_back(ours[i], x);
  }
  return results;
}

/// graphs/denoising.hpp.
inline LayerResults run_denoising(ForeignModel& m, const std::vector<float>& image, const Names& names) {
  LayerResults results;
  const auto layer = [&](const Sample& x, int channels) {
    return m.convolution(x, names[results.size()], channels, 3, {x.height, x.width, 1, 1});
  };
  Sample x = m.sample(1, 28, 28, image);
  results.emplace_back("enc1", x = m.max_pool(layer(x, 32).map(relu)));
  results.emplace_back("enc2", x = m.max_pool(layer(x, 64).map(relu)));
  results.emplace_back("code", x = layer(x, 128).map(relu));
  results.emplace_back("dec1", x = m.upsample(layer(x, 128).map(relu)));
  results.emplace_back("dec2", x = m.upsample(layer(x, 64).map(relu)));
  results.emplace_back("dec3", x = layer(x, 1).map(sigmoid));
  return results;
}

}  // namespace isthmus::testing
