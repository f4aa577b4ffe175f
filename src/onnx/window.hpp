// Functions that operations on images share. ONNX has the channels before the rows, [batch, channels, height,
// width].
#pragma once

#include "exporter.hpp"

namespace isthmus::interchange {

/// The padding of a node's window at the image's end, at the bottom and the right: zeros after the image where it
/// is positive, else rows or columns that no window reads.
struct WindowEnd {
  std::int64_t bottom, right;
};

/// The end of a node's window over `image`, of which it makes `results`. Throws Error if there is room for more of
/// these: ONNX counts them from the size of the image.
WindowEnd window_end(const Node& node, const Shape& image, const Shape& results);

/// The attributes of a window.
void set_window(OnnxWriter::NewNode& one, const Window& window, const WindowEnd& end);

/// A pool over a node's operand, of ONNX's operator `type`. Its result has its channels first.
OnnxWriter::NewNode add_pool(OnnxExporter& to, const Node& node, const char* type);

/// Upsamples the image `from`, channels first, so many times each way; `scales` is a name for that constant.
OnnxWriter::NewNode add_resize(OnnxWriter& writer, std::string_view layer, const std::string& from, int factor,
                               const std::string& scales);

/// The attributes of a resize that repeats each pixel.
void set_nearest(OnnxWriter::NewNode& resize);

}  // namespace isthmus::interchange
