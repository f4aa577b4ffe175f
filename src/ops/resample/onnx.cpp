#include "ops/onnx.hpp"

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
  OnnxWriter::NewNode resize = add_resize(to.writer(), node.label.layer, from, node.window.upsample,
                                          fmt::format("{}.scales", node.label.layer));
  if (is_nearest) set_nearest(resize);
  else resize.with("mode", "linear").with("coordinate_transformation_mode", "half_pixel");
  return resize.result();
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
