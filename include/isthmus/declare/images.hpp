// The words for images, [height, width, channels] per sample: convolutions, pooling, upsampling, and the way to
// rows of values and back.
//
//     conv2d<32, 3>("conv1") | relu | max_pool<2>          // layers
//     max_pool<2>(relu(conv2d<32, 3>(x, "conv1")))         // a tensor
#pragma once

#include <isthmus/declare/layers.hpp>

namespace isthmus {

/// The padding of an image. `same`: as much as is needed for ceil(size / stride) results, half of it before the
/// image and half (or one more) after it, as in TensorFlow. `valid`: none.
enum class Padding { same, valid };
inline constexpr Padding same = Padding::same;
inline constexpr Padding valid = Padding::valid;

namespace declare {

/// The strides of a window.
struct Stride {
  int y = 1, x = 1;
};

struct ConvolutionOptions : DenseOptions {
  Padding padding = Padding::same;
  Stride stride = {};
};

constexpr void apply_option(ConvolutionOptions& options, Padding padding) { options.padding = padding; }
constexpr void apply_option(ConvolutionOptions& options, Stride stride) { options.stride = stride; }
template <class Option>
constexpr void apply_option(ConvolutionOptions& options, Option option) {
  option.apply(options);
}

/// The image that these values most likely are: [H, W] of one channel, else one pixel.
constexpr Shape image_shape(Shape shape) {
  if (shape.is_image()) return shape;
  if (shape.rank == 3 && shape.has_batch()) return shape_of(batch, shape.dim[1], shape.dim[2], 1);
  return shape_of(batch, 1, 1, shape.columns());
}
/// Records a mistake unless x is an image; the layer goes on with an image in any case.
constexpr Tensor as_image(Tensor x) {
  const Shape image = image_shape(x.shape());
  if (x.shape() == image) return x;
  x.builder->mistake(Mistake::not_an_image, x.shape(), image);
  return x.builder->broadcast(x, image);
}

/// One dimension of a window: the number of results, and the padding before the image.
struct Extent {
  int results = 1, pad = 0;
};
constexpr Extent extent_of(int size, int window, int stride, Padding padding) {
  if (padding == Padding::valid) return {(size - window) / stride + 1, 0};
  const int results = (size + stride - 1) / stride;
  const int missing = (results - 1) * stride + window - size;
  return {results, missing > 0 ? missing / 2 : 0};
}

/// A window over an image, how many results it gives each way, and what of it does not fit.
struct Fitted {
  Window window;
  int height = 1, width = 1;
  Diagnostic wrong;

  constexpr Shape result(int channels) const { return shape_of(batch, height, width, channels); }
  /// Records what does not fit at the layer that the builder is in.
  constexpr void report(Builder& b) const {
    if (wrong) b.mistake(wrong.mistake, wrong.first, wrong.second);
  }
};
constexpr Fitted fit(Shape image, int height, int width, Stride stride, Padding padding) {
  Fitted fitted;
  const Shape ones = shape_of(batch, 1, 1), size = shape_of(batch, height, width);
  if (height <= 0 || width <= 0) fitted.wrong.record(Mistake::size_not_positive, "", size, ones);
  if (stride.y <= 0 || stride.x <= 0)
    fitted.wrong.record(Mistake::stride_not_positive, "", shape_of(batch, stride.y, stride.x), ones);
  if (padding == Padding::valid && (height > image.height() || width > image.width()))
    fitted.wrong.record(Mistake::window_larger_than_image, "", image, size);
  if (fitted.wrong) return fitted;
  const Extent y = extent_of(image.height(), height, stride.y, padding);
  const Extent x = extent_of(image.width(), width, stride.x, padding);
  fitted.window = Window{height, width, stride.y, stride.x, y.pad, x.pad, 1};
  fitted.height = y.results;
  fitted.width = x.results;
  return fitted;
}

/// Σ over the window of x · w, plus b: [H, W, C] → [H', W', Channels].
template <int Channels, int Height, int Width>
struct Convolution : Layer {
  const char* name;
  ConvolutionOptions options;
  static constexpr int max_nodes = 5;

  constexpr Convolution(const char* layer_name, ConvolutionOptions o) : name(layer_name), options(o) {}
  constexpr Tensor operator()(Tensor x) const {
    Scope& scope = scope_of(x);
    const Fitted fitted = fit(image_shape(x.shape()), Height, Width, options.stride, options.padding);
    scope.begin_layer(name, "conv2d", fitted.result(Channels));
    require_positive(scope, Channels);
    x = as_image(x);
    fitted.report(scope);
    const Window& window = fitted.window;
    const Tensor weight =
        weights_of(scope, options, shape_of(window.height, window.width, x.shape().channels(), Channels));
    return with_bias(scope, scope.conv2d(x, weight, window, fitted.height, fitted.width), options);
  }
};

/// The transpose of a convolution that would take [H', W', Channels] to the layer's [H, W, C]: with `same`
/// padding H' = stride · H, with `valid` H' = (H - 1) · stride + max(Height, stride), as Keras has it.
template <int Channels, int Height, int Width>
struct TransposedConvolution : Layer {
  const char* name;
  ConvolutionOptions options;
  static constexpr int max_nodes = 5;

  constexpr TransposedConvolution(const char* layer_name, ConvolutionOptions o) : name(layer_name), options(o) {}
  constexpr Tensor operator()(Tensor x) const {
    Scope& scope = scope_of(x);
    const Shape from = image_shape(x.shape());
    const Stride step = options.stride;
    const int height = size(from.height(), Height, step.y), width = size(from.width(), Width, step.x);
    const Shape image = shape_of(batch, height, width, Channels);
    const Fitted fitted = fit(image, Height, Width, step, options.padding);
    scope.begin_layer(name, "conv2d_transpose", image);
    require_positive(scope, Channels);
    x = as_image(x);
    fitted.report(scope);
    const Window& window = fitted.window;
    const Tensor weight =
        weights_of(scope, options, shape_of(window.height, window.width, Channels, from.channels()));
    return with_bias(scope, scope.conv2d_transpose(x, weight, window, image), options);
  }

 private:
  constexpr int size(int from, int window, int step) const {
    if (options.padding == Padding::same) return from * step;
    return (from - 1) * step + (window > step ? window : step);
  }
};

template <template <int, int, int> class Kind, int Channels, int Height, int Width>
struct ConvolutionWord {
  template <class... Option>
  constexpr auto operator()(const char* name, Option... option) const {
    ConvolutionOptions options;
    (apply_option(options, option), ...);
    return Kind<Channels, Height, Width>(name, options);
  }
  template <class... Option>
  constexpr Tensor operator()(Tensor x, const char* name = "", Option... option) const {
    return (*this)(name, option...)(x);
  }
};

/// max_pool and average_pool.
template <int Size, int Step, bool average>
struct Pool : Layer {
  Padding padding;
  static constexpr int max_nodes = 2;

  constexpr explicit Pool(Padding p = Padding::valid) : padding(p) {}
  constexpr Pool operator()(Padding p) const { return Pool(p); }
  constexpr Tensor operator()(Tensor x) const {
    Builder& b = *x.builder;
    x = as_image(x);
    const Fitted fitted = fit(x.shape(), Size, Size, {Step, Step}, padding);
    fitted.report(b);
    if (!average) return b.max_pool(x, fitted.window, fitted.height, fitted.width);
    return b.resample(x, Resampling::window_mean, false, fitted.window, fitted.result(x.shape().channels()));
  }
};

template <int Factor>
struct Upsample : Layer {
  Resampling map;
  static constexpr int max_nodes = 2;

  constexpr explicit Upsample(Resampling m = Resampling::nearest) : map(m) {}
  constexpr Upsample operator()(Resampling m) const { return Upsample(m); }
  constexpr Tensor operator()(Tensor x) const {
    Builder& b = *x.builder;
    x = as_image(x);
    require_positive(b, Factor);
    const Shape s = x.shape();
    Window window;
    window.upsample = Factor;
    return b.resample(x, map, false, window,
                      shape_of(batch, s.height() * Factor, s.width() * Factor, s.channels()));
  }
};

struct Flatten : Layer {
  static constexpr int max_nodes = 1;
  constexpr Tensor operator()(Tensor x) const {
    return x.builder->reshape(x, shape_of(batch, x.shape().elements_per_sample()));
  }
};

template <int... Dims>
struct Reshape : Layer {
  static_assert(sizeof...(Dims) >= 1 && sizeof...(Dims) <= 3, "a sample has one to three extents");
  static constexpr int max_nodes = 1;
  constexpr Tensor operator()(Tensor x) const {
    require_positive(*x.builder, Dims...);
    return x.builder->reshape(x, shape_of(batch, Dims...));
  }
};

}  // namespace declare

/// The strides of a window: `stride(2)` for both dimensions, or down and to the right: `stride(2, 1)`.
constexpr declare::Stride stride(int both) { return {both, both}; }
constexpr declare::Stride stride(int down, int right) { return {down, right}; }

/// `conv2d<32, 3>("conv1")`: 32 channels from windows of 3 × 3; `conv2d<32, 3, 5>`: 3 high, 5 wide. The weights
/// are [height, width, channels in, channels out]. Options: `same` (default), `valid`, `stride(n)`, and those of
/// dense.
template <int Channels, int Height, int Width = Height>
inline constexpr declare::ConvolutionWord<declare::Convolution, Channels, Height, Width> conv2d{};

/// `conv2d_transpose<16, 3>("up", stride(2))`: spreads each value over a window. The weights are
/// [height, width, channels out, channels in]. Options as for conv2d.
template <int Channels, int Height, int Width = Height>
inline constexpr declare::ConvolutionWord<declare::TransposedConvolution, Channels, Height, Width>
    conv2d_transpose{};

/// `max_pool<2>`, `max_pool<3, 2>` (windows of three, two apart), `max_pool<3, 2>(same)`; default `valid`. What
/// lies outside of the image does not count.
template <int Size, int Step = Size>
inline constexpr declare::Pool<Size, Step, false> max_pool{};

/// Average pooling: the mean of those values of each window that lie inside the image; otherwise like max_pool.
template <int Size, int Step = Size>
inline constexpr declare::Pool<Size, Step, true> average_pool{};

inline constexpr Resampling nearest = Resampling::nearest;
inline constexpr Resampling bilinear = Resampling::bilinear;

/// `upsample<2>`: each pixel twice each way; `upsample<2>(bilinear)`: interpolated, pixel centres at
/// half-integers.
template <int Factor>
inline constexpr declare::Upsample<Factor> upsample{};

/// [H, W, C] → [H · W · C].
inline constexpr declare::Flatten flatten{};

/// `to_shape<7, 7, 128>`: the same values in another shape.
template <int... Dims>
inline constexpr declare::Reshape<Dims...> to_shape{};

}  // namespace isthmus
