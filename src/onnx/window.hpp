// Functions that operations on series, images and volumes share. ONNX has the channels before the places, [batch,
// channels, height, width].
#pragma once

#include "exporter.hpp"

namespace isthmus::interchange {

/// The padding of a node's window over `image`, of which it makes `results`, behind the last of each of so many
/// dimensions: zeros where it is positive, else places that no window reads. Throws Error if there is room for
/// more results: ONNX counts them from the size of the image.
Extents window_end(const Node& node, const Shape& image, const Shape& results, int dimensions);

/// The attributes of a window with as many dimensions as `end` has.
void set_window(OnnxWriter::NewNode& one, const Window& window, const Extents& end);

/// A pool over a node's operand, of ONNX's operator `type`. Its result has its channels first.
OnnxWriter::NewNode add_pool(OnnxExporter& to, const Node& node, const char* type);

/// Upsamples `from`, channels first, so many times in each of its dimensions; `scales` is a name for that
/// constant.
OnnxWriter::NewNode add_resize(OnnxWriter& writer, std::string_view layer, const std::string& from, int factor,
                               int dimensions, const std::string& scales);

/// The attributes of a resize that repeats each pixel.
void set_nearest(OnnxWriter::NewNode& resize);

}  // namespace isthmus::interchange
