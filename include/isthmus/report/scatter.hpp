// Points of a plane as a picture, coloured by label, drawn by gnuplot.
#pragma once

#include <isthmus/report/image_format.hpp>

#include <array>
#include <cstdint>
#include <span>
#include <string>

namespace isthmus::report {

/// The contents of a scatter plot.
struct Scatter {
  std::span<const double> points;        ///< count × 2
  std::span<const std::uint8_t> labels;  ///< one per point, or none
  std::array<std::string, 2> axes;       ///< the titles of the axes
  std::string title;                     ///< an empty one takes no place
};

/// The script that draws it in gnuplot's language: small points that shine through, in the order given, so that
/// no label covers the others; one of ten colours per label, and another sign after each ten, explained in a
/// legend. Points that are not finite are left out. Throws ShapeError if the sizes do not fit or there is no
/// point.
std::string scatter_script(const Scatter& scatter, ImageFormat format = ImageFormat::png);

/// scatter_script's picture as the bytes of a file: PNG is 1000 pixels wide, 800 high; SVG takes some hundred
/// bytes per point. Runs the command `gnuplot`, found on the PATH, without a shell. Throws Error if gnuplot is
/// missing or fails.
std::string draw_scatter(const Scatter& scatter, ImageFormat format = ImageFormat::png);

}  // namespace isthmus::report
