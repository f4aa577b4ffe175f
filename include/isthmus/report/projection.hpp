// Codes as points of a plane.
#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace isthmus::report {

/// The positions of codes in the plane of largest variance.
struct Projection {
  std::vector<double> points;            ///< count × 2
  std::array<double, 2> explained = {};  ///< the share of the codes' variance along each axis; 0 if there is none
  bool principal = false;                ///< the axes are principal axes, not the code's own two values
};

/// Codes of `size` values, count × size. Two values are taken as they are. Wider codes are projected onto their
/// two principal axes, the first along the largest variance; the component of largest magnitude of each axis is
/// positive, so that the same codes give the same picture. Where a code has more than 1000 values, the axes are
/// those of at most 1000 codes, evenly spread over all. Throws ShapeError if a code has less than two values or
/// the sizes do not fit, NumberError if a value is not finite.
Projection project(std::span<const float> codes, std::size_t size);

/// The titles of a picture's axes: `code 1`, or `principal axis 1 (37 % of the variance)`.
std::array<std::string, 2> axis_titles(const Projection& projection);

}  // namespace isthmus::report
