// Operations over whole rows, or over whole samples: one of each operand gives one of the result. The library's
// own are in ops/row_max.hpp; a program adds its own in the same way, in its own header.
#pragma once

#include <isthmus/graph.hpp>

namespace isthmus {

struct Derivative;
struct Tensor;

/// The arguments of a kernel: a row of each operand, or a sample, with contiguous values, row-major, and the place
/// for the values of the result.
struct RowCall {
  const float* operands[3] = {};
  int columns[3] = {};  ///< values of each: of a row, or of a sample
  float* result = nullptr;
  int result_columns = 0;
  float value = 0;  ///< the node's parameter
  /// The shapes of the operands and the result as a whole, so that a kernel knows an image's height(), width() and
  /// channels().
  Shape shapes[3] = {};
  Shape result_shape = {};
};

/// An operation over rows: of a matrix [batch, columns] or [rows, columns]; of an image over the channels of each
/// pixel, of which more than one have to be left. Further operands have as many rows as the first, or one row that
/// serves all.
///
/// A tile of the result reads the same rows of the operands, whole: this is how it is cut into tasks, and how
/// these are proved free of races. The elementwise operations around it are fused with it.
///
/// With `whole_samples` a sample takes the place of the row: all values of an image, a vector, a matrix. To the
/// kernel it is a row as well, one that knows its shape: hence one struct and one name for both. Further operands
/// have the batch, or none and serve all samples. The batch stays, so samples cannot see each other.
struct RowOperation {
  const char* name;
  int operands = 1;
  /// Whether the kernel computes a whole sample at once instead of a row.
  bool whole_samples = false;
  /// Computes one row, or one sample. Called by any number of threads at once.
  void (*kernel)(const RowCall&) noexcept = nullptr;
  /// Over rows: the number of columns of the result, from those of the operands; null: as many as the first
  /// operand has.
  int (*columns)(const int* of_operands) = nullptr;
  /// Over samples: the shape of the result, from those of the operands, with the first one's batch; null: that of
  /// the first.
  Shape (*shape)(const Shape* of_operands) = nullptr;
  /// The contribution of the gradient of the result to that of one operand, in the graph's own operations, other
  /// ones over rows or samples among them, so that it can be differentiated again. Of an operand that serves all
  /// samples it may be one for each, [batch, columns], which is summed; where the operand is not a single row, the
  /// sum is the rule's: to [columns], then `reshape`.
  Tensor (*gradient)(const Derivative&, int operand) = nullptr;
  /// Operands in which it is constant almost everywhere: they get no gradient.
  bool flat[3] = {false, false, false};
  /// The cost for each value of the first operand, in multiplications and additions.
  double flops = 1;
  /// Over rows: ONNX's operator, of opset 13, and its attributes: the axis, and whether there is one value left of
  /// each row.
  const char* onnx = nullptr;
  bool onnx_keeps_axis = false;
  bool onnx_axis_is_operand = false;  ///< the axis is a further operand of ONNX's operator, as of CumSum
  /// The kernel's body in C, of the rows `a`, `b` and `c`, their numbers of columns `na`, `nb`, `nc`, and the
  /// result `r` of `nr` values; `i` is an index that is there already. Of samples that are images also their
  /// heights `ha` … `hr`, widths `wa` … `wr` and channels `ca` … `cr`.
  const char* c = nullptr;
};

}  // namespace isthmus
