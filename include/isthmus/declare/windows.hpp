// How windows lie over series [width, channels], images [height, width, channels] and volumes [depth, height,
// width, channels]: strides, dilations, padding, and sizes that are asked for.
#pragma once

#include <isthmus/declare/layers.hpp>
#include <isthmus/ops/spatial.hpp>

namespace isthmus {

/// The padding of a window, zeros. `same`: as much as is needed for ceil(size / stride) results, half of it before
/// the data and half (or one more) behind, as in TensorFlow. `valid`: none. `before`: all of it before, so that no
/// result sees what comes after its own place.
enum class Padding { same, valid, before };
inline constexpr Padding same = Padding::same;
inline constexpr Padding valid = Padding::valid;

namespace declare {

using ops::places_of;
using ops::spatial_of;

/// One number for each dimension: depth, height and width.
struct EachWay {
  int z = 1, y = 1, x = 1;

  constexpr int operator[](int way) const { return way == 0 ? z : way == 1 ? y : x; }
};
constexpr EachWay places_each_way(const Shape& spatial) {
  return {spatial.depth(), spatial.height(), spatial.width()};
}

struct Stride {
  EachWay by;
};
struct Dilation {
  EachWay by;
};
/// Places on both sides of each dimension.
struct Pads {
  EachWay by;
};
struct OutputSize {
  EachWay size;
};
struct Like {
  const char* layer;
};

/// How a window lies over what it sees, and for layers that enlarge, how large the result is to be.
struct WindowOptions {
  Padding padding = Padding::same;
  bool is_padded_by_number = false;
  EachWay pads = {0, 0, 0};
  EachWay stride, dilation;
  EachWay size = {0, 0, 0};  ///< 0: not asked for
  const char* like = nullptr;

  constexpr void apply(Padding p) { padding = p, is_padded_by_number = false; }
  constexpr void apply(Causal) { apply(Padding::before); }
  constexpr void apply(Pads p) { pads = p.by, is_padded_by_number = true; }
  constexpr void apply(Stride s) { stride = s.by; }
  constexpr void apply(Dilation d) { dilation = d.by; }
  constexpr void apply(OutputSize s) { size = s.size; }
  constexpr void apply(Like l) { like = l.layer; }
  constexpr bool asks_for_a_size() const { return like != nullptr || size.x != 0; }
};

/// One dimension of a window: the number of results, and the padding before the data.
struct Extent {
  int results = 1, pad = 0;
};
constexpr Extent extent_of(int size, int reach, int stride, Padding padding) {
  if (padding == Padding::valid) return {(size - reach) / stride + 1, 0};
  const int results = (size + stride - 1) / stride;
  if (padding == Padding::before) return {results, reach - 1};
  const int missing = (results - 1) * stride + reach - size;
  return {results, missing > 0 ? missing / 2 : 0};
}

/// A window, how many results it gives each way, and what of it does not fit.
struct Fitted {
  Window window;
  Shape places;
  Diagnostic wrong;

  /// Records what does not fit at the layer that the builder is in.
  constexpr void report(Builder& b) const {
    if (wrong) b.mistake(wrong.mistake, wrong.first, wrong.second);
  }
};

constexpr Shape shape_of_ways(int dimensions, const EachWay& ways) {
  Shape shape = shape_of(batch);
  for (int way = 3 - dimensions; way < 3; ++way) shape.dim[shape.rank++] = ways[way];
  return shape;
}

/// A window of this size in the last `dimensions` of what it sees.
constexpr Fitted fit(const Shape& spatial, int dimensions, const EachWay& size, const WindowOptions& options) {
  Fitted fitted;
  fitted.places = places_of(spatial, dimensions);
  const Shape ones = shape_of_ways(dimensions, {});
  const EachWay extents = places_each_way(spatial);
  const EachWay &strides = options.stride, &dilations = options.dilation, &pads = options.pads;
  const bool is_padded = options.is_padded_by_number, is_valid = is_padded || options.padding == Padding::valid;
  const auto require = [&](bool holds, Mistake mistake, const EachWay& found) {
    if (!holds) fitted.wrong.record(mistake, "", shape_of_ways(dimensions, found), ones);
  };
  Window::Dimension ways[3];
  for (int d = 3 - dimensions; d < 3; ++d) {
    require(size[d] > 0, Mistake::size_not_positive, size);
    require(strides[d] > 0, Mistake::stride_not_positive, strides);
    require(dilations[d] > 0, Mistake::size_not_positive, dilations);
    require(!is_padded || pads[d] >= 0, Mistake::size_not_positive, pads);
    if (fitted.wrong) return fitted;
    Window::Dimension& way = ways[d];
    way = {size[d], strides[d], 0, dilations[d]};
    const int padded = is_padded ? extents[d] + 2 * pads[d] : extents[d];
    if (is_valid && way.reach() > padded) {
      fitted.wrong.record(Mistake::window_larger_than_image, "", spatial, shape_of_ways(dimensions, size));
      return fitted;
    }
    const Extent extent = extent_of(padded, way.reach(), way.stride, is_valid ? Padding::valid : options.padding);
    way.pad = is_padded ? pads[d] : extent.pad;
    fitted.places.dim[d - (3 - dimensions)] = extent.results;
  }
  fitted.window = Window(ways[0], ways[1], ways[2]);
  return fitted;
}

/// What a layer, or an input, of this name gives itself, before a pool or an upsampling that follows it; rank 0 if
/// there is none over which windows move.
constexpr Shape own_result_of(GraphView graph, const char* layer) {
  Shape reshaped;
  for (const Node& node : graph) {
    if (!same_text(node.label.layer, layer) || !node.shape.is_spatial()) continue;
    if (node.op != Op::reshape) return node.shape;
    reshaped = node.shape;
  }
  return reshaped;
}

/// The size that a layer which enlarges is asked for, or 0 each way.
constexpr EachWay asked_size(Scope& scope, const WindowOptions& options) {
  if (options.like == nullptr) return options.size;
  const Shape shape = own_result_of(scope.view(), options.like);
  if (shape.rank == 0) {
    scope.diagnostic().record(Mistake::unknown_name, options.like, shape, shape);
    return {0, 0, 0};
  }
  return places_each_way(shape);
}

/// What these values most likely are, with so many dimensions: without channels, those of one channel; else one
/// place.
constexpr Shape spatial_shape(const Shape& shape, int dimensions) {
  if (shape.has_batch() && shape.rank == dimensions + 2) return shape;
  Shape one;
  one.rank = dimensions + 2;
  for (int d = 0; d < one.rank; ++d) one.dim[d] = 1;
  one.dim[0] = batch;
  if (shape.has_batch() && shape.rank == dimensions + 1) {
    for (int d = 1; d <= dimensions; ++d) one.dim[d] = shape.dim[d];
    return one;
  }
  one.dim[one.rank - 1] = shape.columns();
  return one;
}
constexpr Mistake not_of_dimensions(int dimensions) {
  return dimensions == 1 ? Mistake::not_a_series : dimensions == 2 ? Mistake::not_an_image : Mistake::not_a_volume;
}
/// Records a mistake unless x has so many dimensions beside the batch and the channels; the layer goes on with
/// such a tensor in any case. A row of values is a series of one channel.
constexpr Tensor as_spatial(Tensor x, int dimensions) {
  const Shape spatial = spatial_shape(x.shape(), dimensions);
  if (x.shape() == spatial) return x;
  if (dimensions == 1 && x.shape().rank == 2 && x.shape().has_batch()) return reshape(x, spatial);
  x.builder->mistake(not_of_dimensions(dimensions), x.shape(), spatial);
  return x.builder->broadcast(x, spatial);
}
/// The same for layers that take series, images and volumes, as it comes.
constexpr Tensor as_spatial(Tensor x) { return x.shape().is_spatial() ? x : as_spatial(x, 2); }
constexpr int dimensions_of(const Shape& spatial) { return spatial.rank - 2; }

}  // namespace declare

/// The strides of a window: `stride(2)` each way, or down and to the right: `stride(2, 1)`; of a volume depth
/// comes first.
constexpr declare::Stride stride(int each) { return {{each, each, each}}; }
constexpr declare::Stride stride(int down, int right) { return {{1, down, right}}; }
constexpr declare::Stride stride(int inward, int down, int right) { return {{inward, down, right}}; }

/// The distance between the places that a window sees: 1 by default, 2 leaves out every other one. Yu and Koltun
/// 2016, section 2.
constexpr declare::Dilation dilation(int each) { return {{each, each, each}}; }
constexpr declare::Dilation dilation(int down, int right) { return {{1, down, right}}; }
constexpr declare::Dilation dilation(int inward, int down, int right) { return {{inward, down, right}}; }

/// So many zeros on both sides, as PyTorch has it: `padding(1)` each way, `padding(2, 1)` above and below, and
/// left and right.
constexpr declare::Pads padding(int each) { return {{each, each, each}}; }
constexpr declare::Pads padding(int down, int right) { return {{0, down, right}}; }
constexpr declare::Pads padding(int inward, int down, int right) { return {{inward, down, right}}; }

/// The size of what a transposed convolution or an upsampling gives, where several are possible: 25 places come
/// back from the 13 that a stride of two made of them with `output_size(25)`, an image with `output_size(73,
/// 144)`.
constexpr declare::OutputSize output_size(int width) { return {{1, 1, width}}; }
constexpr declare::OutputSize output_size(int height, int width) { return {{1, height, width}}; }
constexpr declare::OutputSize output_size(int depth, int height, int width) { return {{depth, height, width}}; }
/// The size of what this layer gives, before a pool behind it, or that of this input.
constexpr declare::Like like(const char* layer) { return {layer}; }

}  // namespace isthmus
