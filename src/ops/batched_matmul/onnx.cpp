#include "ops/onnx.hpp"

#include <fmt/format.h>

#include "onnx/exporter.hpp"

namespace isthmus::interchange {
namespace {

/// The part of one node: names of values in, names out.
class BatchedMatmul {
 public:
  BatchedMatmul(OnnxExporter& to, const Node& node)
      : to_(to), node_(node), heads_(static_cast<int>(node.attribute.as<Heads>())) {}

  /// MatMul multiplies all that is before the last two dimensions one by one: the batch, and the heads behind it.
  std::string result() {
    std::string a = node_.transpose_b ? of_wide(0) : of_tall(0), b = of_wide(1);
    if (node_.transpose_a) a = turned(a);
    if (node_.transpose_b) b = turned(b);
    const std::string product = to_.writer().add("MatMul", node_.label.layer, {a, b}).result();
    if (heads_ == 1) return product;
    return reshaped(node_.transpose_b ? product : exchanged(product), extents_of(node_.shape));
  }

 private:
  /// [batch, T, heads · d] → [batch, heads, T, d].
  std::string of_wide(int operand) {
    const Shape& shape = to_.operand(node_, operand).shape;
    const std::string value = to_.plain(node_.inputs[operand]);
    return heads_ == 1 ? value : exchanged(reshaped(value, {-1, shape.dim[1], heads_, shape.dim[2] / heads_}));
  }
  /// [batch, heads · T, S] → [batch, heads, T, S].
  std::string of_tall(int operand) {
    const Shape& shape = to_.operand(node_, operand).shape;
    const std::string value = to_.plain(node_.inputs[operand]);
    return heads_ == 1 ? value : reshaped(value, {-1, heads_, shape.dim[1] / heads_, shape.dim[2]});
  }
  std::string reshaped(const std::string& value, const Extents& extents) {
    const std::string shape = to_.writer().integers(fmt::format("{}.shape", node_.label.layer), extents);
    return to_.writer().add("Reshape", node_.label.layer, {value, shape}).result();
  }
  std::string transposed(const std::string& value, const Extents& order) {
    return to_.writer().add("Transpose", node_.label.layer, {value}).with("perm", order).result();
  }
  std::string exchanged(const std::string& value) { return transposed(value, {0, 2, 1, 3}); }
  std::string turned(const std::string& value) {
    return transposed(value, heads_ == 1 ? Extents{0, 2, 1} : Extents{0, 1, 3, 2});
  }

  OnnxExporter& to_;
  const Node& node_;
  std::int64_t heads_;
};

void write_batched_matmul(OnnxExporter& to, int i) {
  to.value(i).plain = BatchedMatmul(to, to.graph()[i]).result();
}

}  // namespace

const OnnxOperator onnx_batched_matmul{.has = any_node, .write = write_batched_matmul};

}  // namespace isthmus::interchange
