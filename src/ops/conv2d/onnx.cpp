#include "ops/onnx.hpp"

#include <isthmus/ops/spatial.hpp>

#include <fmt/format.h>

#include <algorithm>

#include "onnx/window.hpp"
#include "ops/elementwise/onnx_bias.hpp"

namespace isthmus::interchange {
namespace {

std::string in_shape(OnnxExporter& to, int i, const std::string& from, const Extents& extents) {
  const std::string layer = to.graph()[i].label.layer;
  const std::string shape = to.writer().integers(fmt::format("{}.shape", layer), extents);
  return to.writer().add("Reshape", layer, {from, shape}).result();
}

/// The name of a convolution's weights, [results, channels, window] with so many dimensions.
std::string filters(OnnxExporter& to, int i, int dimensions) {
  const Shape& shape = to.graph()[i].shape;
  const int channels = shape.dim[shape.rank - 2], results = shape.dim[shape.rank - 1];
  const auto taps = static_cast<int>(shape.elements_per_sample() / channels / results);
  Extents extents{results, channels};
  extents.insert(extents.end(), static_cast<std::size_t>(dimensions - (shape.rank - 2)), 1);
  for (int d = 0; d < shape.rank - 2; ++d) extents.push_back(shape.dim[d]);
  if (!to.is_known(i)) {
    Extents order{shape.rank - 1, shape.rank - 2};
    for (int d = 0; d < shape.rank - 2; ++d) order.push_back(d);
    const std::string moved =
        to.writer().add("Transpose", to.graph()[i].label.layer, {to.plain(i)}).with("perm", order).result();
    return shape.rank - 2 == dimensions ? moved : in_shape(to, i, moved, extents);
  }
  const std::span<const float> weights = to.known(i);
  std::vector<float> values;
  values.reserve(weights.size());
  for (int d = 0; d < results; ++d)
    for (int c = 0; c < channels; ++c)
      for (int tap = 0; tap < taps; ++tap)
        values.push_back(weights[static_cast<std::size_t>((tap * channels + c) * results + d)]);
  return to.writer().floats(to.constant_name(i), extents, values);
}

/// [batch, channels, places] of so many dimensions, from a value that may have one fewer.
Extents channels_first_of(const Shape& shape, int dimensions) {
  Extents extents{-1, shape.channels()};
  const Extents places = extents_of(ops::places_of(shape, dimensions));
  extents.insert(extents.end(), places.begin(), places.end());
  return extents;
}

void write_convolution(OnnxExporter& to, int i) {
  const Node& node = to.graph()[i];
  const bool transposed = node.op == Op::conv2d_transpose;
  // The operand of a transposed convolution has the shape of a convolution's result, and its result that of the
  // image.
  const Shape& operand = to.operand(node, 0).shape;
  const Shape &image = transposed ? node.shape : operand, &result = transposed ? operand : node.shape;
  // A series of one channel is an image of one row on its side.
  const int dimensions = std::max(image.rank, result.rank) - 2;
  std::string from = to.channels_first(node.inputs[0]);
  if (operand.rank - 2 < dimensions) from = in_shape(to, i, from, channels_first_of(operand, dimensions));
  if (node.window.upsample() > 1) {
    OnnxWriter::NewNode resize =
        add_resize(to.writer(), node.label.layer, from, node.window.upsample(), dimensions, "scales");
    set_nearest(resize);
    from = resize.result();
  }
  const Extents end = window_end(node, image, result, dimensions);
  const std::string weights = filters(to, node.inputs[1], dimensions);
  const int bias = take_bias(to, i);
  const char* const type = transposed ? "ConvTranspose" : "Conv";
  OnnxWriter::NewNode one = bias < 0 ? to.writer().add(type, node.label.layer, {from, weights})
                                     : to.writer().add(type, node.label.layer, {from, weights, to.plain(bias)});
  set_window(one, node.window, end);
  if (node.window.groups() > 1) one.with("group", std::int64_t{node.window.groups()});
  if (transposed && std::any_of(end.begin(), end.end(), [](std::int64_t e) { return e < 0; })) {
    Extents more;
    for (const std::int64_t behind : end) more.push_back(std::max<std::int64_t>(-behind, 0));
    one.with("output_padding", more);
  }
  std::string& own = to.value(i).channels_first;
  own = one.result();
  if (node.shape.rank - 2 < dimensions)
    own = in_shape(to, i, own, channels_first_of(node.shape, node.shape.rank - 2));
}

/// Whether a convolution is in its declared form, not in that of a plan.
bool is_plain(const Node& node) { return node.algorithm == Algorithm::direct && !node.pooled; }

}  // namespace

const OnnxOperator onnx_conv2d{.has = is_plain, .write = write_convolution};
// The transpose of upsampling is for gradients.
const OnnxOperator onnx_conv2d_transpose{
    .has = [](const Node& node) { return is_plain(node) && node.window.upsample() == 1; },
    .write = write_convolution};

}  // namespace isthmus::interchange
