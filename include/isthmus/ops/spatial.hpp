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

/// The values of a cell that an algorithm which maps patches gathers all at once, at most.
inline constexpr int most_gathered = 16 * 1024;

/// Whether a convolution from this image to this result may see each pixel twice in each dimension: there are
/// algorithms for windows of 3 × 3 over images, 3 × 3 × 3 over volumes, and of 3, 5 or 7 over series, in the
/// middle of which the result lies, as long as what they gather of a cell is not too much.
constexpr bool may_see_doubled(const Window& window, const Shape& image, const Shape& result) {
  const int dimensions = image.rank - 2, channels = image.channels(), results = result.channels();
  const Window::Dimension ways[] = {window.z(), window.y(), window.x()};
  for (const Window::Dimension& way : ways)
    if (way.pad != way.size / 2 || way.stride != 1) return false;
  if (!window.is_dense() || window.groups() != 1 || channels == 1) return false;
  // An image's single result channel is narrow, with phases of its own.
  if (dimensions != 2 && results == 1) return false;
  if (window.taps() * (channels > results ? channels : results) > most_gathered || result.rank != image.rank)
    return false;
  for (int d = 1; d <= dimensions; ++d)
    if (result.dim[d] != 2 * image.dim[d]) return false;
  for (int d = 0; d < 3 - dimensions; ++d)
    if (ways[d].size != 1) return false;
  if (dimensions == 1) return ways[2].size == 3 || ways[2].size == 5 || ways[2].size == 7;
  for (int d = 3 - dimensions; d < 3; ++d)
    if (ways[d].size != 3) return false;
  return true;
}

/// The weights of such a window over so many dimensions, [window, channels, results]; of a convolution in groups,
/// the channels of one.
constexpr Shape weights_shape(const Window& window, int dimensions, int channels, int results) {
  const Shape all = shape_of(batch, window.depth(), window.height(), window.width(), channels);
  const Shape places = places_of(all, dimensions);
  Shape shape = places;
  shape.rank += 2;
  shape.dim[places.rank] = channels / window.groups();
  shape.dim[places.rank + 1] = results;
  return shape;
}
constexpr bool are_weights(const Shape& w, const Window& window, int channels, int results) {
  return w.rank >= 3 && w.rank <= 5 && w == weights_shape(window, w.rank - 2, channels, results) &&
         channels % window.groups() == 0 && results % window.groups() == 0 &&
         window.taps() * channels / window.groups() * results == w.elements_per_sample();
}

}  // namespace isthmus::ops
