// The words for series, images and volumes, [depth, height, width, channels] per sample or fewer dimensions:
// convolutions, pooling, upsampling, and the way to rows of values and back.
//
//     conv2d<32, 3>("conv1") | relu | max_pool<2>          // layers
//     max_pool<2>(relu(conv2d<32, 3>(x, "conv1")))         // a tensor
#pragma once

#include <isthmus/declare/windows.hpp>

namespace isthmus {
namespace declare {

struct ConvolutionOptions : DenseOptions {
  WindowOptions window;
  int groups = 1;
};
struct Groups {
  int count;
  constexpr void apply(ConvolutionOptions& options) const { options.groups = count; }
};
template <class Option>
constexpr void apply_option(ConvolutionOptions& options, Option option) {
  if constexpr (requires { option.apply(options); }) option.apply(options);
  else options.window.apply(option);
}

constexpr const char* convolution_name(int dimensions, bool transposed) {
  if (dimensions == 1) return transposed ? "conv1d_transpose" : "conv1d";
  if (dimensions == 2) return transposed ? "conv2d_transpose" : "conv2d";
  return transposed ? "conv3d_transpose" : "conv3d";
}

/// This window in as many groups as the options say. Records a mistake, and gives one group, unless the channels
/// on both sides can be cut into these.
constexpr Window grouped(Builder& b, const Fitted& fitted, int groups, const Shape& seen, int results) {
  if (groups == 1) return fitted.window;
  const bool fits = groups > 0 && seen.channels() % groups == 0 && results % groups == 0;
  if (fits) return fitted.window.in_groups(groups);
  b.mistake(Mistake::channels_not_in_groups,
            seen.channels() % (groups > 0 ? groups : 1) == 0 ? spatial_of(fitted.places, results) : seen,
            shape_of(batch, groups));
  return fitted.window;
}

/// Σ over the window of x · w, plus b: [places, C] → [places', Channels].
template <int Dimensions, int Channels, int Depth, int Height, int Width>
struct Convolution : Layer {
  const char* name;
  ConvolutionOptions options;
  static constexpr int max_nodes = Dimensions == 1 ? 7 : 5;  // A series of one channel is reshaped.

  constexpr Convolution(const char* layer_name, ConvolutionOptions o) : name(layer_name), options(o) {}
  constexpr Tensor operator()(Tensor x) const {
    constexpr EachWay size{Depth, Height, Width};
    Scope& scope = scope_of(x);
    const Fitted fitted = fit(spatial_shape(x.shape(), Dimensions), Dimensions, size, options.window);
    scope.begin_layer(name, convolution_name(Dimensions, false), spatial_of(fitted.places, Channels));
    require_positive(scope, Channels);
    x = as_spatial(x, Dimensions);
    fitted.report(scope);
    const Window window = grouped(scope, fitted, options.groups, x.shape(), Channels);
    const Tensor weight =
        weights_of(scope, options, ops::weights_shape(window, Dimensions, x.shape().channels(), Channels));
    return with_bias(scope, scope.conv2d(x, weight, window, fitted.places), options);
  }
};

/// The transpose of a convolution that would take the result to the layer's operand: with `same` padding it is
/// `stride` times as large, with `valid` (H - 1) · stride + max(window, stride), as Keras has it, and with
/// padding(n) (H - 1) · stride + window - 2 n, as PyTorch has it; or as large as is asked for.
template <int Dimensions, int Channels, int Depth, int Height, int Width>
struct TransposedConvolution : Layer {
  const char* name;
  ConvolutionOptions options;
  static constexpr int max_nodes = Dimensions == 1 ? 7 : 5;  // A series of one channel is reshaped.

  constexpr TransposedConvolution(const char* layer_name, ConvolutionOptions o) : name(layer_name), options(o) {}
  constexpr Tensor operator()(Tensor x) const {
    constexpr EachWay size{Depth, Height, Width};
    Scope& scope = scope_of(x);
    const Shape from = spatial_shape(x.shape(), Dimensions);
    const EachWay asked = asked_size(scope, options.window);
    Shape places = places_of(from, Dimensions);
    for (int d = 0; d < Dimensions; ++d) {
      const int way = 3 - Dimensions + d;
      places.dim[d] = asked[way] > 0 ? asked[way] : extent(places.dim[d], size[way], way);
    }
    const Shape image = spatial_of(places, Channels);
    const Fitted fitted = fit(image, Dimensions, size, options.window);
    scope.begin_layer(name, convolution_name(Dimensions, true), image);
    require_positive(scope, Channels);
    x = as_spatial(x, Dimensions);
    fitted.report(scope);
    if (!fitted.wrong && !(fitted.places == places_of(from, Dimensions)))
      scope.mistake(Mistake::size_not_reached, from, image);
    const Window window = grouped(scope, fitted, options.groups, image, from.channels());
    const Tensor weight =
        weights_of(scope, options, ops::weights_shape(window, Dimensions, Channels, from.channels()));
    return with_bias(scope, scope.conv2d_transpose(x, weight, window, image), options);
  }

 private:
  constexpr int extent(int from, int window, int way) const {
    const WindowOptions& o = options.window;
    const int step = o.stride[way], reach = (window - 1) * o.dilation[way] + 1;
    if (o.is_padded_by_number) return (from - 1) * step + reach - 2 * o.pads[way];
    if (o.padding != Padding::valid) return from * step;
    return (from - 1) * step + (reach > step ? reach : step);
  }
};

template <template <int, int, int, int, int> class Kind, int Dimensions, int Channels, int Depth, int Height,
          int Width>
struct ConvolutionWord {
  template <class... Option>
  constexpr auto operator()(const char* name, Option... option) const {
    ConvolutionOptions options;
    (apply_option(options, option), ...);
    return Kind<Dimensions, Channels, Depth, Height, Width>(name, options);
  }
  template <class... Option>
  constexpr Tensor operator()(Tensor x, const char* name = "", Option... option) const {
    return (*this)(name, option...)(x);
  }
};

/// max_pool and average_pool.
template <int Size, int Step, bool average>
struct Pool : Layer {
  WindowOptions options;
  static constexpr int max_nodes = 2;

  constexpr Pool() {
    options.padding = Padding::valid;
    options.stride = {Step, Step, Step};
  }
  constexpr Pool operator()(Padding padding) const { return with(padding); }
  constexpr Pool operator()(Pads pads) const { return with(pads); }
  constexpr Tensor operator()(Tensor x) const {
    Builder& b = *x.builder;
    x = as_spatial(x);
    const int dimensions = dimensions_of(x.shape());
    const Fitted fitted = fit(x.shape(), dimensions, {Size, Size, Size}, options);
    fitted.report(b);
    for (int d = 0; d < dimensions && options.is_padded_by_number; ++d)
      if (options.pads[2 - d] >= Size)
        b.mistake(Mistake::pool_sees_nothing, shape_of_ways(dimensions, {Size, Size, Size}),
                  shape_of_ways(dimensions, options.pads));
    if (!average) return b.max_pool(x, fitted.window, fitted.places);
    return b.resample(x, Resampling::window_mean, false, fitted.window,
                      spatial_of(fitted.places, x.shape().channels()));
  }

 private:
  template <class Option>
  constexpr Pool with(Option option) const {
    Pool pool = *this;
    pool.options.apply(option);
    return pool;
  }
};

template <int Factor>
struct Upsample : Layer {
  Resampling map = Resampling::nearest;
  WindowOptions options;
  static constexpr int max_nodes = 2;

  constexpr Upsample operator()(Resampling m) const {
    Upsample upsample = *this;
    upsample.map = m;
    return upsample;
  }
  constexpr Upsample operator()(OutputSize size) const { return sized(size); }
  constexpr Upsample operator()(Like layer) const { return sized(layer); }
  constexpr Tensor operator()(Tensor x) const {
    Scope& b = scope_of(x);
    x = as_spatial(x);
    require_positive(b, Factor);
    const Shape s = x.shape();
    const EachWay asked = asked_size(b, options);
    Shape result = s;
    for (int d = 1; d < s.rank - 1; ++d) {
      const int wanted = asked[3 - (s.rank - 1) + d];
      result.dim[d] = wanted > 0 ? wanted : s.dim[d] * Factor;
    }
    for (int d = 1; d < s.rank - 1; ++d)
      // Less than a pixel is cut off, or the last one is there once more at most.
      if (Factor > 0 && (result.dim[d] <= (s.dim[d] - 1) * Factor || result.dim[d] >= (s.dim[d] + 1) * Factor)) {
        b.mistake(Mistake::size_not_reached, s, result);
        break;
      }
    return b.resample(x, map, false, Window().upsampled(Factor), result);
  }

 private:
  template <class Size>
  constexpr Upsample sized(Size size) const {
    Upsample upsample = *this;
    upsample.options.apply(size);
    return upsample;
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
  static_assert(sizeof...(Dims) >= 1 && sizeof...(Dims) < Shape::most, "a sample has one to five extents");
  static constexpr int max_nodes = 1;
  constexpr Tensor operator()(Tensor x) const {
    require_positive(*x.builder, Dims...);
    return x.builder->reshape(x, shape_of(batch, Dims...));
  }
};

}  // namespace declare

/// `conv2d<32, 3>("conv1")`: 32 channels from windows of 3 × 3; `conv2d<32, 3, 5>`: 3 high, 5 wide. The weights
/// are [height, width, channels in, channels out]. Options: `same` (default), `valid`, `causal`, `padding(n)`,
/// `stride(n)`, `dilation(n)`, `groups(n)`, and those of dense.
template <int Channels, int Height, int Width = Height>
inline constexpr declare::ConvolutionWord<declare::Convolution, 2, Channels, 1, Height, Width> conv2d{};

/// `conv1d<32, 5>("conv1")`: the same for series, [width, channels]; a row of values is a series of one channel.
template <int Channels, int Width>
inline constexpr declare::ConvolutionWord<declare::Convolution, 1, Channels, 1, 1, Width> conv1d{};

/// `conv3d<16, 3>("conv1")`: for volumes, [depth, height, width, channels].
template <int Channels, int Depth, int Height = Depth, int Width = Height>
inline constexpr declare::ConvolutionWord<declare::Convolution, 3, Channels, Depth, Height, Width> conv3d{};

/// `conv2d_transpose<16, 3>("up", stride(2))`: spreads each value over a window. The weights are
/// [height, width, channels out, channels in]. Options as for conv2d, and for sizes that a stride does not divide
/// `output_size(25, 25)` or `like("conv1")`.
template <int Channels, int Height, int Width = Height>
inline constexpr declare::ConvolutionWord<declare::TransposedConvolution, 2, Channels, 1, Height, Width>
    conv2d_transpose{};
template <int Channels, int Width>
inline constexpr declare::ConvolutionWord<declare::TransposedConvolution, 1, Channels, 1, 1, Width>
    conv1d_transpose{};
template <int Channels, int Depth, int Height = Depth, int Width = Height>
inline constexpr declare::ConvolutionWord<declare::TransposedConvolution, 3, Channels, Depth, Height, Width>
    conv3d_transpose{};

/// Channels in so many groups of equal size: each group of results sees its own group of operands, and the weights
/// are [window, channels in one group, results]. With as many groups as channels each channel is filtered by
/// itself (depthwise): `conv2d<32, 3>("depthwise", groups(32)) | conv2d<64, 1>("pointwise")`. Chollet 2017,
/// "Xception".
constexpr declare::Groups groups(int count) { return {count}; }

/// `max_pool<2>`, `max_pool<3, 2>` (windows of three, two apart), `max_pool<3, 2>(same)`; default `valid`; as many
/// dimensions as there are. What lies outside does not count.
template <int Size, int Step = Size>
inline constexpr declare::Pool<Size, Step, false> max_pool{};

/// Average pooling: the mean of those values of each window that lie inside; otherwise like max_pool.
template <int Size, int Step = Size>
inline constexpr declare::Pool<Size, Step, true> average_pool{};

inline constexpr Resampling nearest = Resampling::nearest;
inline constexpr Resampling bilinear = Resampling::bilinear;

/// `upsample<2>`: each pixel twice each way; `upsample<2>(bilinear)`: interpolated, pixel centres at
/// half-integers; `upsample<2>(like("conv1"))`, `upsample<2>(output_size(25, 25))`: the last pixel is cut off or
/// there once more, where a pool has left a remainder.
template <int Factor>
inline constexpr declare::Upsample<Factor> upsample{};

/// [H, W, C] → [H · W · C], and so of any dimensions.
inline constexpr declare::Flatten flatten{};

/// `to_shape<7, 7, 128>`: the same values in another shape.
template <int... Dims>
inline constexpr declare::Reshape<Dims...> to_shape{};

}  // namespace isthmus
