// Small pictures: sample images side by side, and PNG.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

namespace isthmus::report {

/// An 8-bit picture, grey or RGB: height × width × channels, row-major, the top row first.
struct Picture {
  int width = 0;     ///< pixels
  int height = 0;    ///< pixels
  int channels = 1;  ///< 1: grey, 3: red, green, blue
  std::vector<std::uint8_t> pixels;
};

/// A row of sample images with its name, for tile_rows.
struct Row {
  std::string label;                    ///< lower-case letters, digits and the signs of font.hpp; may be empty
  std::span<const float> images;        ///< count × height × width × channels, values in [0, 1]
  std::vector<std::string> marks = {};  ///< the text above each image, such as its label; or none
};

/// The picture as the bytes of a PNG file. Throws ShapeError if the number of pixels is not
/// height × width × channels or there are none, Error if libpng refuses.
std::string encode_png(const Picture& picture);

/// Writes encode_png's bytes to `path`, whole or not at all. Throws as encode_png does, and FileError with an
/// earlier file untouched.
void write_png(const std::filesystem::path& path, const Picture& picture);

/// Lays rows of sample images out as one RGB picture on white, each row's label to its left, marks above the
/// images, each value a square of `scale` × `scale` pixels. Values outside of [0, 1] are clamped; NaN is magenta.
/// `channels` is 1 or 3, `scale` 1 to 64; every row has equally many images, at least one, and as many marks or
/// none.
/// Throws ShapeError if the sizes do not fit.
Picture tile_rows(std::span<const Row> rows, int height, int width, int channels, int scale);

}  // namespace isthmus::report
