#include "window.hpp"

#include <isthmus/error.hpp>

#include <fmt/format.h>

#include <algorithm>

#include "interchange/inference.hpp"

namespace isthmus::interchange {
namespace {

/// The missing rows or columns in one dimension.
std::int64_t missing(const Node& node, int size, int results, int window, int stride, int pad) {
  const std::int64_t lacking = std::int64_t{results - 1} * stride + window - pad - size;
  if (lacking <= -stride)
    throw Error(fmt::format("{}: expected a window over the whole image, found {} rows or columns behind the last",
                            described(node), -lacking));
  return lacking;
}

}  // namespace

WindowEnd window_end(const Node& node, const Shape& image, const Shape& results) {
  const Window& window = node.window;
  return {.bottom = missing(node, image.height() * window.upsample, results.height(), window.height,
                            window.stride_y, window.pad_y),
          .right = missing(node, image.width() * window.upsample, results.width(), window.width, window.stride_x,
                           window.pad_x)};
}

void set_window(OnnxWriter::NewNode& one, const Window& window, const WindowEnd& end) {
  one.with("kernel_shape", Extents{window.height, window.width})
      .with("strides", Extents{window.stride_y, window.stride_x})
      .with("pads", Extents{window.pad_y, window.pad_x, std::max<std::int64_t>(end.bottom, 0),
                            std::max<std::int64_t>(end.right, 0)});
}

OnnxWriter::NewNode add_pool(OnnxExporter& to, const Node& node, const char* type) {
  const WindowEnd end = window_end(node, to.operand(node, 0).shape, node.shape);
  OnnxWriter::NewNode pool = to.writer().add(type, node.label.layer, {to.channels_first(node.inputs[0])});
  set_window(pool, node.window, end);
  return pool;
}

OnnxWriter::NewNode add_resize(OnnxWriter& writer, std::string_view layer, const std::string& from, int factor,
                               const std::string& scales) {
  const auto each = static_cast<float>(factor);
  const float factors[] = {1, 1, each, each};
  return writer.add("Resize", layer, {from, "", writer.floats(scales, {4}, factors)});
}

void set_nearest(OnnxWriter::NewNode& resize) {
  resize.with("mode", "nearest")
      .with("coordinate_transformation_mode", "asymmetric")
      .with("nearest_mode", "floor");
}

}  // namespace isthmus::interchange
