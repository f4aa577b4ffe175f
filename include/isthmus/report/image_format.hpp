// The file formats of pictures.
#pragma once

namespace isthmus::report {

/// The format of a picture's bytes, and what a plot is laid out for.
enum class ImageFormat {
  png,  ///< pixels; a plot is 1000 pixels wide
  svg,  ///< lines and text; a plot is readable on a page of 360 pixels, and on wider ones
};

}  // namespace isthmus::report
