// The largest value of each row, and what is made with it: softmax without powers of e that are too large.
#pragma once

#include <isthmus/ops/rows.hpp>
#include <isthmus/ops/sums.hpp>
#include <isthmus/ops/table.hpp>

namespace isthmus {
namespace ops {

/// [batch, columns] → [batch, 1]. A NaN goes through.
inline constexpr RowOperation row_max{
    .name = "row_max",
    .kernel =
        [](const RowCall& call) noexcept {
          float largest = call.operands[0][0];
          for (int i = 1; i < call.columns[0]; ++i) {
            const float x = call.operands[0][i];
            if (largest < x || x != x) largest = x;
          }
          call.result[0] = largest;
        },
    .columns = [](const int*) { return 1; },
    // Where several values are the largest each of them gets the whole gradient.
    .gradient = [](const Derivative& d, int) { return d.g * (1.0f - isthmus::greater(d.y, d.a)); },
    .onnx = "ReduceMax",
    .c = "float m = a[0]; for (i = 1; i < na; ++i) if (m < a[i] || a[i] != a[i]) m = a[i]; r[0] = m;",
};

}  // namespace ops

/// The largest value of each row of a matrix.
constexpr Tensor row_max(Tensor x) { return x.builder->over_rows(ops::row_max, {x, {}, {}}); }

/// The sum of each row of a matrix, or of a matrix for each sample.
constexpr Tensor row_sum(Tensor x) {
  Shape shape = x.shape();
  if (shape.rank < 2) return x.builder->sum_to(x, shape_of(shape.dim[0], 1));
  shape.dim[shape.rank - 1] = 1;
  return x.builder->sum_to(x, shape);
}

/// exp(x) over its sum, of each row of a matrix. The largest value is taken off first, which changes nothing but
/// the range: Goodfellow, Bengio and Courville 2016, section 4.1.
constexpr Tensor softmax(Tensor x) {
  const Tensor power = exp(x - stop_gradient(row_max(x)));
  return power / row_sum(power);
}

/// The logarithm of softmax, without one of zero.
constexpr Tensor log_softmax(Tensor x) {
  const Tensor below = x - stop_gradient(row_max(x));
  return below - log(row_sum(exp(below)));
}

}  // namespace isthmus
