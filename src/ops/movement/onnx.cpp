#include "ops/onnx.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "onnx/exporter.hpp"

namespace isthmus::interchange {
namespace {

/// Takes what lies within the operand by Slice, and puts zeros around it by Pad.
void write_region(OnnxExporter& to, int i) {
  const Node& node = to.graph()[i];
  const Shape &from = to.operand(node, 0).shape, &shape = node.shape;
  const int first = shape.has_batch() ? 1 : 0;
  Extents axes, starts, ends, pads(static_cast<std::size_t>(2 * shape.rank));
  bool is_sliced = false, is_padded = false;
  for (int d = first; d < shape.rank; ++d) {
    const int offset = node.offset[d - first];
    const int start = std::clamp(offset, 0, from.dim[d]),
              end = std::clamp(offset + shape.dim[d], start, from.dim[d]);
    axes.push_back(d);
    starts.push_back(start);
    ends.push_back(end);
    const int before = std::clamp(-offset, 0, shape.dim[d]), after = shape.dim[d] - before - (end - start);
    pads[static_cast<std::size_t>(d)] = before;
    pads[static_cast<std::size_t>(shape.rank + d)] = after;
    is_sliced = is_sliced || start > 0 || end < from.dim[d];
    is_padded = is_padded || before > 0 || after > 0;
  }
  OnnxWriter& writer = to.writer();
  const auto list = [&](const char* what, const Extents& values) {
    return writer.integers(fmt::format("{}.{}", node.label.layer, what), values);
  };
  std::string result = to.plain(node.inputs[0]);
  if (is_sliced)
    result = writer
                 .add("Slice", node.label.layer,
                      {result, list("starts", starts), list("ends", ends), list("axes", axes)})
                 .result();
  if (is_padded) result = writer.add("Pad", node.label.layer, {result, list("pads", pads)}).result();
  to.value(i).plain = result;
}

void write_concat(OnnxExporter& to, int i) {
  const Node& node = to.graph()[i];
  std::vector<std::string> parts;
  for (int k = 0; k < 3 && node.inputs[k] >= 0; ++k) parts.push_back(to.plain(node.inputs[k]));
  const int axis = static_cast<int>(node.attribute.as<Axis>()) + (node.shape.has_batch() ? 1 : 0);
  to.value(i).plain = to.writer().add("Concat", node.label.layer, parts).with("axis", std::int64_t{axis}).result();
}

void write_permute(OnnxExporter& to, int i) {
  const Node& node = to.graph()[i];
  const int first = node.shape.has_batch() ? 1 : 0, ones = SampleExtents(node.shape).ones();
  Extents order;
  if (first == 1) order.push_back(0);
  for (int d = ones; d < SampleExtents::most; ++d)
    order.push_back(dimension_of(node.attribute.as<Permutation>(), d) - ones + first);
  to.value(i).plain =
      to.writer().add("Transpose", node.label.layer, {to.plain(node.inputs[0])}).with("perm", order).result();
}

}  // namespace

const OnnxOperator onnx_region{.has = any_node, .write = write_region};
const OnnxOperator onnx_concat{.has = any_node, .write = write_concat};
const OnnxOperator onnx_permute{.has = any_node, .write = write_permute};

}  // namespace isthmus::interchange
