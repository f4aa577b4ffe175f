// The length of each row.
#pragma once

#include <isthmus/ops/row_max.hpp>

#include <cmath>

namespace isthmus {
namespace ops {

/// [rows, columns] → [rows, 1]: √Σ x², by sixteen sums in a fixed tree, as in kernels for SIMD. At a row of zeros
/// the gradient is not finite.
inline constexpr RowOperation row_norm{
    .name = "row_norm",
    .kernel =
        [](const RowCall& call) noexcept {
          constexpr int lanes = 16;
          const float* const x = call.operands[0];
          float sums[lanes] = {};
          int i = 0;
          for (; i + lanes <= call.columns[0]; i += lanes)
            for (int lane = 0; lane < lanes; ++lane) sums[lane] += x[i + lane] * x[i + lane];
          for (int lane = 0; i < call.columns[0]; ++i, ++lane) sums[lane] += x[i] * x[i];
          for (int half = lanes / 2; half > 0; half /= 2)
            for (int lane = 0; lane < half; ++lane) sums[lane] += sums[lane + half];
          call.result[0] = std::sqrt(sums[0]);
        },
    .columns = [](const int*) { return 1; },
    .gradient = [](const Derivative& d, int) { return d.g / d.y * d.a; },
    .flops = 2,
    .onnx = "ReduceL2",
    .c = "float s = 0.0f; for (i = 0; i < na; ++i) s += a[i] * a[i]; r[0] = sqrtf(s);",
};

}  // namespace ops

/// The length of each row of a matrix, [rows, columns] → [rows, 1].
constexpr Tensor row_norm(Tensor x) { return x.builder->over_rows(ops::row_norm, {x, {}, {}}); }

}  // namespace isthmus
