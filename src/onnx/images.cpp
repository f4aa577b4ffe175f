// Images: ONNX has the channels before the rows, [batch, channels, height, width].
#include <isthmus/error.hpp>

#include <fmt/format.h>

#include <algorithm>

#include "exporter.hpp"

namespace isthmus::interchange {
namespace {

/// What a direction of a window lacks at its end: zeros behind the image if it is positive, else rows that no window
/// sees.
std::int64_t missing(int size, int results, int window, int stride, int pad) {
  return std::int64_t{results - 1} * stride + window - pad - size;
}

/// ONNX counts results from the size of the image: there must be room for no more than there are.
void require_all(const Node& node, std::int64_t lacking, int stride) {
  if (lacking <= -stride)
    throw Error(fmt::format("{}: expected a window over the whole image, found {} rows or columns behind the last",
                            described(node), -lacking));
}

OnnxWriter::NewNode& with_window(OnnxWriter::NewNode& node, const Window& window, std::int64_t bottom,
                                 std::int64_t right) {
  return node.with("kernel_shape", Extents{window.height, window.width})
      .with("strides", Extents{window.stride_y, window.stride_x})
      .with("pads", Extents{window.pad_y, window.pad_x, std::max<std::int64_t>(bottom, 0),
                            std::max<std::int64_t>(right, 0)});
}

}  // namespace

std::string OnnxExporter::channels_first(int i) {
  Value& self = value(i);
  if (self.channels_first.empty())
    self.channels_first = writer_.add("Transpose", graph_[i].label.layer, {plain(i)})
                              .with("perm", Extents{0, 3, 1, 2})
                              .result();
  return self.channels_first;
}

std::string OnnxExporter::beside_image(int i) {
  const Shape& shape = graph_[i].shape;
  if (shape.is_image()) return channels_first(i);
  if (shape.elements_per_sample() == 1) return plain(i);
  Value& self = value(i);
  if (self.channels_first.empty()) {
    const Extents column{shape.dim[shape.rank - 1], 1, 1};
    if (is_known(i)) self.channels_first = writer_.floats(constant_name(i), column, known_[i]);
    else
      self.channels_first =
          writer_
              .add("Reshape", graph_[i].label.layer,
                   {plain(i), writer_.integers(fmt::format("{}.column", graph_[i].label.layer), column)})
              .result();
  }
  return self.channels_first;
}

std::string OnnxExporter::filters(int i) {
  const Shape& shape = graph_[i].shape;
  if (!is_known(i))
    return writer_.add("Transpose", graph_[i].label.layer, {plain(i)}).with("perm", Extents{3, 2, 0, 1}).result();
  const int height = shape.dim[0], width = shape.dim[1], channels = shape.dim[2], results = shape.dim[3];
  std::vector<float> values;
  values.reserve(known_[i].size());
  for (int d = 0; d < results; ++d)
    for (int c = 0; c < channels; ++c)
      for (int y = 0; y < height; ++y)
        for (int x = 0; x < width; ++x)
          values.push_back(known_[i][static_cast<std::size_t>(((y * width + x) * channels + c) * results + d)]);
  return writer_.floats(constant_name(i), {results, channels, height, width}, values);
}

void OnnxExporter::write_convolution(int i) {
  const Node& node = graph_[i];
  const Window& window = node.window;
  const bool transposed = node.op == Op::conv2d_transpose;
  // Of a transposed one the operand is what a convolution gives, and the result what it is given.
  const Shape &image = transposed ? node.shape : operand(node, 0).shape,
              &result = transposed ? operand(node, 0).shape : node.shape;
  std::string from = channels_first(node.inputs[0]);
  if (window.upsample > 1) {
    const auto factor = static_cast<float>(window.upsample);
    const float scales[] = {1, 1, factor, factor};
    from = writer_.add("Resize", node.label.layer, {from, "", writer_.floats("scales", {4}, scales)})
               .with("mode", "nearest")
               .with("coordinate_transformation_mode", "asymmetric")
               .with("nearest_mode", "floor")
               .result();
  }
  const std::int64_t bottom = missing(image.height() * window.upsample, result.height(), window.height,
                                      window.stride_y, window.pad_y),
                     right = missing(image.width() * window.upsample, result.width(), window.width, window.stride_x,
                                     window.pad_x);
  require_all(node, bottom, window.stride_y);
  require_all(node, right, window.stride_x);
  const std::string weights = filters(node.inputs[1]);
  const int bias = take_bias(i);
  const char* const type = transposed ? "ConvTranspose" : "Conv";
  OnnxWriter::NewNode one = bias < 0 ? writer_.add(type, node.label.layer, {from, weights})
                                     : writer_.add(type, node.label.layer, {from, weights, plain(bias)});
  with_window(one, window, bottom, right);
  if (transposed && (bottom < 0 || right < 0))
    one.with("output_padding", Extents{std::max<std::int64_t>(-bottom, 0), std::max<std::int64_t>(-right, 0)});
  value(i).channels_first = one.result();
}

void OnnxExporter::write_pool(int i) {
  const Node& node = graph_[i];
  const Window& window = node.window;
  const Shape& image = operand(node, 0).shape;
  const std::int64_t bottom =
                         missing(image.height(), node.shape.height(), window.height, window.stride_y, window.pad_y),
                     right = missing(image.width(), node.shape.width(), window.width, window.stride_x, window.pad_x);
  require_all(node, bottom, window.stride_y);
  require_all(node, right, window.stride_x);
  const bool is_sum = node.op == Op::resample && static_cast<Resampling>(node.attribute) == Resampling::window_sum;
  const char* const type = node.op == Op::max_pool ? "MaxPool" : "AveragePool";
  OnnxWriter::NewNode pool = writer_.add(type, node.label.layer, {channels_first(node.inputs[0])});
  with_window(pool, window, bottom, right);
  std::string result = pool.result();
  if (is_sum) {
    // The mean of all taps, zeros outside of the image among them, so many times.
    pool.with("count_include_pad", std::int64_t{1});
    const float taps[] = {static_cast<float>(window.taps())};
    result = writer_.add("Mul", node.label.layer, {result, writer_.floats("taps", {}, taps)}).result();
  }
  value(i).channels_first = result;
}

void OnnxExporter::write_resample(int i) {
  const Node& node = graph_[i];
  const auto map = static_cast<Resampling>(node.attribute);
  if (map == Resampling::window_sum || map == Resampling::window_mean) return write_pool(i);
  const auto factor = static_cast<float>(node.window.upsample);
  const float factors[] = {1, 1, factor, factor};
  const std::string from = channels_first(node.inputs[0]);
  const std::string scales = writer_.floats(fmt::format("{}.scales", node.label.layer), {4}, factors);
  OnnxWriter::NewNode resize = writer_.add("Resize", node.label.layer, {from, "", scales});
  if (map == Resampling::nearest)
    resize.with("mode", "nearest").with("coordinate_transformation_mode", "asymmetric").with("nearest_mode", "floor");
  else resize.with("mode", "linear").with("coordinate_transformation_mode", "half_pixel");
  value(i).channels_first = resize.result();
}

}  // namespace isthmus::interchange
