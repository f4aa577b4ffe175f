// Windows over images that differ in everything.
#pragma once

#include <isthmus/declare/images.hpp>

namespace isthmus::testing {

/// A window and the sizes of one dimension after the other: image, results, channels on both sides.
struct WindowCase {
  Window window;
  int height, width, result_height, result_width;
  int channels = 2, result_channels = 3;

  constexpr Shape image() const { return shape_of(batch, height, width, channels); }
  constexpr Shape result() const { return shape_of(batch, result_height, result_width, result_channels); }
  constexpr Shape weights() const { return shape_of(window.height, window.width, channels, result_channels); }
  /// Of an operation that keeps the channels.
  constexpr Shape pooled() const { return shape_of(batch, result_height, result_width, channels); }
};

/// As a layer would place it.
constexpr WindowCase window_case(int height, int width, int window_height, int window_width, int stride_y,
                                 int stride_x, Padding padding, int channels = 2, int result_channels = 3) {
  const declare::Extent y = declare::extent_of(height, window_height, stride_y, padding);
  const declare::Extent x = declare::extent_of(width, window_width, stride_x, padding);
  return {Window{window_height, window_width, stride_y, stride_x, y.pad, x.pad, 1},
          height,
          width,
          y.results,
          x.results,
          channels,
          result_channels};
}

/// A 3 × 3 window over pixels that are each there twice both ways.
constexpr WindowCase doubled_case(int height, int width, int channels = 2, int result_channels = 3) {
  return {Window{3, 3, 1, 1, 1, 1, 2}, height, width, 2 * height, 2 * width, channels, result_channels};
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
};

/// The same windows for what keeps the channels: overlap, gaps and padding.
inline constexpr WindowCase pools[] = {
    window_case(4, 6, 2, 2, 2, 2, valid), window_case(5, 7, 2, 2, 2, 2, valid),
    window_case(5, 7, 2, 2, 2, 2, same),  window_case(5, 6, 3, 3, 2, 2, same),
    window_case(5, 5, 3, 2, 1, 1, valid), window_case(4, 5, 3, 3, 1, 2, same),
    window_case(7, 7, 2, 2, 3, 3, valid), window_case(5, 4, 3, 2, 2, 1, same, 1),
};

template <int size>
constexpr bool for_every(const WindowCase (&cases)[size], auto good) {
  for (const WindowCase& one : cases)
    if (!good(one)) return false;
  return true;
}

}  // namespace isthmus::testing
