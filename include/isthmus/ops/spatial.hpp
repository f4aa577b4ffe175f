// The shapes of what windows move over: series [batch, width, channels], images [batch, height, width, channels]
// and volumes [batch, depth, height, width, channels].
#pragma once

#include <isthmus/graph.hpp>

namespace isthmus::ops {

/// The extents of a sample without its channels, the last `dimensions` of them: [W], [H, W] or [D, H, W].
constexpr Shape places_of(const Shape& spatial, int dimensions) {
  Shape places;
  places.rank = dimensions;
  const int extents[] = {spatial.depth(), spatial.height(), spatial.width()};
  for (int d = 0; d < dimensions; ++d) places.dim[d] = extents[3 - dimensions + d];
  return places;
}
constexpr Shape places_of(const Shape& spatial) { return places_of(spatial, spatial.rank - 2); }

/// [batch, places, channels].
constexpr Shape spatial_of(const Shape& places, int channels) {
  Shape shape;
  shape.rank = places.rank + 2;
  shape.dim[0] = batch;
  for (int d = 0; d < places.rank; ++d) shape.dim[d + 1] = places.dim[d];
  shape.dim[places.rank + 1] = channels;
  return shape;
}

/// Kernels of convolutions know a single channel as a row of values alone: a series of one is an image of one row.
constexpr Shape with_flat_channel(const Shape& shape) {
  return shape.rank == 3 && shape.channels() == 1 ? shape_of(batch, 1, shape.width(), 1) : shape;
}

/// The weights of such a window over so many dimensions, [window, channels, results].
constexpr Shape weights_shape(const Window& window, int dimensions, int channels, int results) {
  const Shape all = shape_of(batch, window.depth(), window.height(), window.width(), channels);
  const Shape places = places_of(all, dimensions);
  Shape shape = places;
  shape.rank += 2;
  shape.dim[places.rank] = channels;
  shape.dim[places.rank + 1] = results;
  return shape;
}
constexpr bool are_weights(const Shape& w, const Window& window, int channels, int results) {
  return w.rank >= 3 && w.rank <= 5 && w == weights_shape(window, w.rank - 2, channels, results) &&
         window.taps() * channels * results == w.elements_per_sample();
}

}  // namespace isthmus::ops
