// Operations over whole rows: one row of each operand gives one row of the result. The library's own are in
// ops/row_max.hpp; a program adds its own in the same way, in its own header.
#pragma once

#include <isthmus/graph.hpp>

namespace isthmus {

struct Derivative;
struct Tensor;

/// What a kernel gets: a row of each operand, its values one behind the other, and where those of the result go.
struct RowCall {
  const float* operands[3] = {};
  int columns[3] = {};
  float* result = nullptr;
  int result_columns = 0;
  float value = 0;  ///< the node's parameter
};

/// An operation over rows: of a matrix [batch, columns] or [rows, columns]; of an image over the channels of each pixel,
/// of which more than one have to be left. Further operands have as many rows as the first, or one row that serves all.
///
/// A tile of the result reads the same rows of the operands, whole: this is how it is cut into tasks, and how these are
/// proved free of races. The elementwise operations around it are fused with it.
struct RowOperation {
  const char* name;
  int operands = 1;
  /// Computes one row. Called by any number of threads at once.
  void (*kernel)(const RowCall&) noexcept = nullptr;
  /// Columns of the result, of operands of so many; null: as many as the first operand has.
  int (*columns)(const int* of_operands) = nullptr;
  /// What the gradient of the result contributes to that of one operand, in the graph's own operations, other ones
  /// over rows among them, so that it can be differentiated again.
  Tensor (*gradient)(const Derivative&, int operand) = nullptr;
  /// Operands in which it is constant almost everywhere: they get no gradient.
  bool flat[3] = {false, false, false};
  /// For each value of the first operand, in multiplications and additions.
  double flops = 1;
  /// ONNX's operator, of opset 13, and its attributes: the axis, and whether there is one value left of each row.
  const char* onnx = nullptr;
  bool onnx_keeps_axis = false;
  /// The kernel's body in C, of the rows `a`, `b` and `c`, their numbers of columns `na`, `nb`, `nc`, and the result `r`
  /// of `nr` values; `i` is an index that is there already.
  const char* c = nullptr;
};

}  // namespace isthmus
