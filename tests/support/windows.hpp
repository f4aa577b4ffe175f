// Windows over series, images and volumes that differ in everything.
#pragma once

#include <isthmus/declare/images.hpp>

#include <string>

namespace isthmus::testing {

/// A window, the extents of what it sees and of what it gives, and the channels on both sides.
struct WindowCase {
  Window window;
  Shape places, result_places;
  int channels = 2, result_channels = 3;

  constexpr Shape image() const { return ops::spatial_of(places, channels); }
  constexpr Shape result() const { return ops::spatial_of(result_places, result_channels); }
  constexpr Shape weights() const { return ops::weights_shape(window, places.rank, channels, result_channels); }
  /// Of an operation that keeps the channels.
  constexpr Shape pooled() const { return ops::spatial_of(result_places, channels); }

  std::string text() const {
    std::string text;
    for (const Window::Dimension& d : {window.z(), window.y(), window.x()})
      for (const int number : {d.size, d.stride, d.pad, d.dilation}) text += std::to_string(number) + " ";
    text += "up " + std::to_string(window.upsample()) + " groups " + std::to_string(window.groups()) + " over";
    for (int d = 0; d < places.rank; ++d) text += " " + std::to_string(places.dim[d]);
    return text + ", channels " + std::to_string(channels) + " to " + std::to_string(result_channels);
  }
};

/// As a layer would place it, over so many places each way.
template <class... Option>
constexpr WindowCase placed_case(const Shape& places, const declare::EachWay& size, int channels,
                                 int result_channels, Option... option) {
  declare::WindowOptions options;
  (options.apply(option), ...);
  const declare::Fitted fitted = declare::fit(ops::spatial_of(places, channels), places.rank, size, options);
  return {fitted.window, places, fitted.places, channels, result_channels};
}
constexpr WindowCase window_case(int height, int width, int window_height, int window_width, int stride_y,
                                 int stride_x, Padding padding, int channels = 2, int result_channels = 3) {
  return placed_case(shape_of(height, width), {1, window_height, window_width}, channels, result_channels,
                     stride(stride_y, stride_x), padding);
}

/// The same in groups of channels.
constexpr WindowCase in_groups(int groups, WindowCase one) {
  one.window = one.window.in_groups(groups);
  return one;
}

/// A 3 × 3 window over pixels that are each there twice both ways.
constexpr WindowCase doubled_case(int height, int width, int channels = 2, int result_channels = 3) {
  return {Window{3, 3, 1, 1, 1, 1, 2}, shape_of(height, width), shape_of(2 * height, 2 * width), channels,
          result_channels};
}

inline constexpr WindowCase windows[] = {
    window_case(4, 5, 3, 3, 1, 1, same),
    window_case(5, 4, 3, 3, 1, 1, valid),
    window_case(5, 7, 3, 2, 2, 2, same),
    window_case(6, 5, 2, 3, 2, 1, valid),
    window_case(7, 5, 3, 5, 3, 2, same),
    window_case(7, 8, 2, 4, 3, 3, valid),
    window_case(3, 5, 1, 1, 1, 1, same),
    window_case(5, 5, 1, 1, 2, 3, same),
    window_case(3, 4, 5, 5, 1, 2, same),
    // One channel in, out, and both.
    window_case(4, 3, 3, 3, 1, 1, same, 1, 3),
    window_case(3, 4, 3, 3, 2, 1, same, 3, 1),
    window_case(3, 3, 2, 3, 1, 1, same, 1, 1),
    doubled_case(2, 3),
    doubled_case(3, 2, 3, 1),
    // Dilated, and padded by numbers.
    placed_case(shape_of(5, 6), {1, 3, 2}, 2, 3, dilation(2, 3)),
    placed_case(shape_of(6, 5), {1, 2, 3}, 3, 2, stride(2), dilation(1, 2), padding(1, 2)),
    // Series, volumes, and those of one channel.
    placed_case(shape_of(7), {1, 1, 3}, 2, 3),
    placed_case(shape_of(9), {1, 1, 4}, 3, 2, stride(2), dilation(2), causal),
    placed_case(shape_of(6), {1, 1, 3}, 1, 2, stride(2)),
    placed_case(shape_of(5), {1, 1, 3}, 2, 1, padding(1)),
    placed_case(shape_of(3, 4, 5), {2, 3, 3}, 2, 3),
    placed_case(shape_of(4, 3, 5), {3, 2, 2}, 3, 2, stride(2, 1, 2), valid),
    placed_case(shape_of(3, 5, 2), {2, 3, 1}, 1, 2, dilation(2, 1, 1)),
    placed_case(shape_of(2, 3, 4), {2, 2, 3}, 2, 1, stride(1, 2, 1)),
    // In groups: of several channels, and of one, which gives one result or two.
    in_groups(2, placed_case(shape_of(4, 5), {1, 3, 2}, 4, 6)),
    in_groups(3, placed_case(shape_of(5, 3), {1, 2, 3}, 6, 3, stride(2), dilation(1, 2))),
    in_groups(3, placed_case(shape_of(3, 4, 2), {2, 2, 1}, 3, 3, stride(1, 2, 1))),
    in_groups(2, placed_case(shape_of(6), {1, 1, 3}, 2, 4, causal)),
};

/// The same windows for what keeps the channels: overlap, gaps and padding.
inline constexpr WindowCase pools[] = {
    window_case(4, 6, 2, 2, 2, 2, valid),
    window_case(5, 7, 2, 2, 2, 2, valid),
    window_case(5, 7, 2, 2, 2, 2, same),
    window_case(5, 6, 3, 3, 2, 2, same),
    window_case(5, 5, 3, 2, 1, 1, valid),
    window_case(4, 5, 3, 3, 1, 2, same),
    window_case(7, 7, 2, 2, 3, 3, valid),
    window_case(5, 4, 3, 2, 2, 1, same, 1),
    placed_case(shape_of(7), {1, 1, 3}, 2, 2, stride(2)),
    placed_case(shape_of(6), {1, 1, 2}, 1, 1, stride(2), valid),
    placed_case(shape_of(4, 5, 3), {2, 2, 2}, 2, 2, stride(2), valid),
    placed_case(shape_of(3, 4, 4), {3, 2, 3}, 1, 1, stride(1, 2, 2)),
};

/// Shapes to upsample, and by how many places the result is longer than a multiple of them.
struct Enlargement {
  Shape image;
  int more;
};
inline constexpr Enlargement enlargements[] = {
    {shape_of(batch, 3, 5, 2), 0},    {shape_of(batch, 1, 4, 1), 0},     {shape_of(batch, 3, 4, 2), 1},
    {shape_of(batch, 3, 4, 1), -1},   {shape_of(batch, 5, 2), 1},        {shape_of(batch, 2, 3, 2, 3), 0},
    {shape_of(batch, 2, 3, 2, 1), 1}, {shape_of(batch, 3, 2, 2, 2), -1},
};

template <int size>
constexpr bool for_every(const WindowCase (&cases)[size], auto good) {
  for (const WindowCase& one : cases)
    if (!good(one)) return false;
  return true;
}

}  // namespace isthmus::testing
