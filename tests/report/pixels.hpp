// Helpers of the tests that examine the pixels of a picture.
#pragma once

#include <isthmus/report/picture.hpp>

#include <algorithm>
#include <array>
#include <limits>

using Colour = std::array<int, 3>;
inline constexpr Colour white{255, 255, 255}, black{0, 0, 0}, magenta{255, 0, 255};

inline Colour at(const isthmus::report::Picture& picture, int x, int y) {
  const auto* pixel = picture.pixels.data() + (y * picture.width + x) * 3;
  return {pixel[0], pixel[1], pixel[2]};
}

/// The smallest box around the pixels for which `wanted` holds.
struct Box {
  int left = std::numeric_limits<int>::max(), top = left, right = -1, bottom = -1;
};
template <class Wanted>
Box box(const isthmus::report::Picture& picture, Wanted wanted) {
  Box result;
  for (int y = 0; y < picture.height; ++y) {
    for (int x = 0; x < picture.width; ++x) {
      if (!wanted(at(picture, x, y), x, y)) continue;
      result = {std::min(result.left, x), std::min(result.top, y), std::max(result.right, x),
                std::max(result.bottom, y)};
    }
  }
  return result;
}

inline bool is_label(Colour colour) { return colour != white && colour != black; }
