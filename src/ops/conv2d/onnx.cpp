#include "ops/onnx.hpp"

#include <algorithm>

#include "onnx/window.hpp"
#include "ops/elementwise/onnx_bias.hpp"

namespace isthmus::interchange {
namespace {

/// The name of a convolution's weights, [results, channels, height, width].
std::string filters(OnnxExporter& to, int i) {
  const Node& node = to.graph()[i];
  if (!to.is_known(i))
    return to.writer()
        .add("Transpose", node.label.layer, {to.plain(i)})
        .with("perm", Extents{3, 2, 0, 1})
        .result();
  const std::span<const float> weights = to.known(i);
  const int height = node.shape.dim[0], width = node.shape.dim[1], channels = node.shape.dim[2],
            results = node.shape.dim[3];
  std::vector<float> values;
  values.reserve(weights.size());
  for (int d = 0; d < results; ++d)
    for (int c = 0; c < channels; ++c)
      for (int y = 0; y < height; ++y)
        for (int x = 0; x < width; ++x)
          values.push_back(weights[static_cast<std::size_t>(((y * width + x) * channels + c) * results + d)]);
  return to.writer().floats(to.constant_name(i), {results, channels, height, width}, values);
}

void write_convolution(OnnxExporter& to, int i) {
  const Node& node = to.graph()[i];
  const bool transposed = node.op == Op::conv2d_transpose;
  // The operand of a transposed convolution has the shape of a convolution's result, and its result that of the
  // image.
  const Shape &image = transposed ? node.shape : to.operand(node, 0).shape,
              &result = transposed ? to.operand(node, 0).shape : node.shape;
  std::string from = to.channels_first(node.inputs[0]);
  if (node.window.upsample > 1) {
    OnnxWriter::NewNode resize = add_resize(to.writer(), node.label.layer, from, node.window.upsample, "scales");
    set_nearest(resize);
    from = resize.result();
  }
  const WindowEnd end = window_end(node, image, result);
  const std::string weights = filters(to, node.inputs[1]);
  const int bias = take_bias(to, i);
  const char* const type = transposed ? "ConvTranspose" : "Conv";
  OnnxWriter::NewNode one = bias < 0 ? to.writer().add(type, node.label.layer, {from, weights})
                                     : to.writer().add(type, node.label.layer, {from, weights, to.plain(bias)});
  set_window(one, node.window, end);
  if (transposed && (end.bottom < 0 || end.right < 0))
    one.with("output_padding",
             Extents{std::max<std::int64_t>(-end.bottom, 0), std::max<std::int64_t>(-end.right, 0)});
  to.value(i).channels_first = one.result();
}

/// Whether a convolution is in its declared form, not in that of a plan.
bool is_plain(const Node& node) { return node.algorithm == Algorithm::direct && !node.pooled; }

}  // namespace

const OnnxOperator onnx_conv2d{.has = is_plain, .write = write_convolution};
// The transpose of upsampling is for gradients.
const OnnxOperator onnx_conv2d_transpose{
    .has = [](const Node& node) { return is_plain(node) && node.window.upsample == 1; },
    .write = write_convolution};

}  // namespace isthmus::interchange
