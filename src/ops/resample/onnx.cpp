#include "ops/onnx.hpp"

#include <isthmus/ops/spatial.hpp>

#include <fmt/format.h>

#include "onnx/window.hpp"

namespace isthmus::interchange {
namespace {

std::string average(OnnxExporter& to, const Node& node, bool is_sum) {
  OnnxWriter::NewNode pool = add_pool(to, node, "AveragePool");
  if (!is_sum) return pool.result();
  // The mean of all taps, zeros outside of the image among them, so many times.
  pool.with("count_include_pad", std::int64_t{1});
  const float taps[] = {static_cast<float>(node.window.taps())};
  return to.writer().add("Mul", node.label.layer, {pool.result(), to.writer().floats("taps", {}, taps)}).result();
}

std::string upsampled(OnnxExporter& to, const Node& node, bool is_nearest) {
  const std::string from = to.channels_first(node.inputs[0]);
  const Shape &image = to.operand(node, 0).shape, &result = node.shape;
  const int factor = node.window.upsample(), dimensions = result.rank - 2;
  OnnxWriter::NewNode resize = add_resize(to.writer(), node.label.layer, from, factor, dimensions,
                                          fmt::format("{}.scales", node.label.layer));
  if (is_nearest) set_nearest(resize);
  else resize.with("mode", "linear").with("coordinate_transformation_mode", "half_pixel");
  std::string whole = resize.result();
  // Where a size is asked for, what is too much is cut off, and what is missing is the last pixel once more.
  const Shape sizes = ops::places_of(image), wanted = ops::places_of(result);
  Extents axes, begin, end, more(static_cast<std::size_t>(2 * (dimensions + 2)), 0);
  bool is_longer = false;
  for (int d = 0; d < dimensions; ++d) {
    const std::int64_t excess = std::int64_t{sizes.dim[d]} * factor - wanted.dim[d];
    if (excess < 0) more[static_cast<std::size_t>(dimensions + 4 + d)] = -excess, is_longer = true;
    if (excess <= 0) continue;
    axes.push_back(d + 2);
    begin.push_back(0);
    end.push_back(wanted.dim[d]);
  }
  OnnxWriter& writer = to.writer();
  const auto name = [&](const char* what) { return fmt::format("{}.{}", node.label.layer, what); };
  if (!axes.empty())
    whole = writer
                .add("Slice", node.label.layer,
                     {whole, writer.integers(name("begin"), begin), writer.integers(name("end"), end),
                      writer.integers(name("axes"), axes)})
                .result();
  if (is_longer)
    whole = writer.add("Pad", node.label.layer, {whole, writer.integers(name("more"), more)})
                .with("mode", "edge")
                .result();
  return whole;
}

std::string resampled(OnnxExporter& to, const Node& node) {
  switch (const auto map = node.attribute.as<Resampling>()) {
    case Resampling::window_sum:
    case Resampling::window_mean: return average(to, node, map == Resampling::window_sum);
    case Resampling::nearest:
    case Resampling::bilinear: return upsampled(to, node, map == Resampling::nearest);
  }
  return {};
}

}  // namespace

// The transpose is for gradients.
const OnnxOperator onnx_resample{
    .has = [](const Node& node) { return !node.transpose_a; },
    .write = [](OnnxExporter& to, int i) { to.value(i).channels_first = resampled(to, to.graph()[i]); }};

}  // namespace isthmus::interchange
