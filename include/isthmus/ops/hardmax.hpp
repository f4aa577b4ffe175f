// Where the largest value of each row is, and sums along rows: what makes an index of a row of scores.
#pragma once

#include <isthmus/ops/row_max.hpp>

namespace isthmus {
namespace ops {

/// [batch, columns] → [batch, columns]: 1 at the first of the largest values of each row, else 0. A row with a NaN
/// becomes NaN.
inline constexpr RowOperation hardmax{
    .name = "hardmax",
    .kernel =
        [](const RowCall& call) noexcept {
          const float* const x = call.operands[0];
          const int n = call.columns[0];
          int first = 0, undefined = -1;
          for (int i = 0; i < n; ++i) {
            first = x[first] < x[i] ? i : first;
            undefined = x[i] != x[i] ? i : undefined;
          }
          for (int i = 0; i < n; ++i) call.result[i] = undefined < 0 ? 0.0f : x[undefined];
          if (undefined < 0) call.result[first] = 1.0f;
        },
    .flat = {true, false, false},
    .flops = 2,
    .onnx = "Hardmax",
    .onnx_keeps_axis = true,
    .c = "int m = 0, u = -1; for (i = 0; i < na; ++i) { if (a[m] < a[i]) m = i; if (a[i] != a[i]) u = i; } "
         "for (i = 0; i < nr; ++i) r[i] = u >= 0 ? a[u] : i == m ? 1.0f : 0.0f;",
};

// A value is part of its own sum and of those behind it, or before it: each of the two is the other's gradient.
extern const RowOperation cumulative_sum;
/// The sum of each value and those behind it.
inline constexpr RowOperation cumulative_sum_backward{
    .name = "cumulative_sum_backward",
    .kernel =
        [](const RowCall& call) noexcept {
          float sum = 0;
          for (int i = call.columns[0] - 1; i >= 0; --i) call.result[i] = sum += call.operands[0][i];
        },
    .gradient = [](const Derivative& d, int) { return d.g.builder->over_rows(cumulative_sum, {d.g, {}, {}}); },
    .c = "float s = 0.0f; for (i = na - 1; i >= 0; --i) r[i] = s += a[i];",
};
/// [batch, columns] → [batch, columns]: the sum of each value and those before it in its row, added in order.
inline constexpr RowOperation cumulative_sum{
    .name = "cumulative_sum",
    .kernel =
        [](const RowCall& call) noexcept {
          float sum = 0;
          for (int i = 0; i < call.columns[0]; ++i) call.result[i] = sum += call.operands[0][i];
        },
    .gradient = [](const Derivative& d,
                   int) { return d.g.builder->over_rows(cumulative_sum_backward, {d.g, {}, {}}); },
    .onnx = "CumSum",
    .onnx_axis_is_operand = true,
    .c = "float s = 0.0f; for (i = 0; i < na; ++i) r[i] = s += a[i];",
};

}  // namespace ops

/// 1 at the first of the largest values of each row, else 0: of an image for the channels of each pixel. It is
/// constant almost everywhere, and has no gradient.
constexpr Tensor hardmax(Tensor x) { return x.builder->over_rows(ops::hardmax, {x, {}, {}}); }

/// The sum of each value of a row and of those before it.
constexpr Tensor cumulative_sum(Tensor x) { return x.builder->over_rows(ops::cumulative_sum, {x, {}, {}}); }

/// 0, 1, 2 …: floats that are whole numbers, [count].
constexpr Tensor whole_numbers(Builder& b, int count) {
  return cumulative_sum(b.broadcast(b.constant(1.0f), shape_of(count))) - 1.0f;
}

}  // namespace isthmus
