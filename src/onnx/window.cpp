#include "window.hpp"

#include <isthmus/error.hpp>

#include <fmt/format.h>

#include <algorithm>

#include "interchange/inference.hpp"

namespace isthmus::interchange {
namespace {

/// What is missing behind the data in one dimension.
std::int64_t missing(const Node& node, int size, int results, const Window::Dimension& window) {
  const std::int64_t lacking = std::int64_t{results - 1} * window.stride + window.reach() - window.pad - size;
  if (lacking <= -window.stride)
    throw Error(fmt::format("{}: expected a window over the whole image, found {} rows or columns behind the last",
                            described(node), -lacking));
  return lacking;
}

/// The last `dimensions` of depth, height and width.
Extents last_of(int dimensions, std::int64_t z, std::int64_t y, std::int64_t x) {
  const Extents all{z, y, x};
  return {all.end() - dimensions, all.end()};
}

}  // namespace

Extents window_end(const Node& node, const Shape& image, const Shape& results, int dimensions) {
  const Window& window = node.window;
  // What the data do not have is not enlarged either.
  const auto seen = [&](int size, int of_dimensions) {
    return dimensions < of_dimensions ? size : size * window.upsample();
  };
  return last_of(dimensions, missing(node, seen(image.depth(), 3), results.depth(), window.z()),
                 missing(node, seen(image.height(), 2), results.height(), window.y()),
                 missing(node, seen(image.width(), 1), results.width(), window.x()));
}

void set_window(OnnxWriter::NewNode& one, const Window& window, const Extents& end) {
  const auto dimensions = static_cast<int>(end.size());
  const Window::Dimension z = window.z(), y = window.y(), x = window.x();
  Extents pads = last_of(dimensions, z.pad, y.pad, x.pad);
  for (const std::int64_t behind : end) pads.push_back(std::max<std::int64_t>(behind, 0));
  one.with("kernel_shape", last_of(dimensions, z.size, y.size, x.size))
      .with("strides", last_of(dimensions, z.stride, y.stride, x.stride))
      .with("pads", pads);
  if (!window.is_dense()) one.with("dilations", last_of(dimensions, z.dilation, y.dilation, x.dilation));
}

OnnxWriter::NewNode add_pool(OnnxExporter& to, const Node& node, const char* type) {
  const Extents end = window_end(node, to.operand(node, 0).shape, node.shape, node.shape.rank - 2);
  OnnxWriter::NewNode pool = to.writer().add(type, node.label.layer, {to.channels_first(node.inputs[0])});
  set_window(pool, node.window, end);
  return pool;
}

OnnxWriter::NewNode add_resize(OnnxWriter& writer, std::string_view layer, const std::string& from, int factor,
                               int dimensions, const std::string& scales) {
  std::vector<float> factors{1, 1};
  factors.insert(factors.end(), static_cast<std::size_t>(dimensions), static_cast<float>(factor));
  return writer.add("Resize", layer, {from, "", writer.floats(scales, {dimensions + 2}, factors)});
}

void set_nearest(OnnxWriter::NewNode& resize) {
  resize.with("mode", "nearest")
      .with("coordinate_transformation_mode", "asymmetric")
      .with("nearest_mode", "floor");
}

}  // namespace isthmus::interchange
