// The consumer's own operations: elementwise ones and ones over rows.
#pragma once

#include <isthmus/declare.hpp>

#include <cmath>

namespace consumer {

using namespace isthmus;

/// x tanh(softplus(x)): Misra 2019. Its gradient is that of its parts.
inline constexpr Elementwise mish{
    {.name = "mish", .formula = [](const Operands& o) { return o.a * tanh(softplus(o.a)); }, .flops = 32}};

/// log(cosh(x)), with a gradient of its own.
inline constexpr Elementwise log_cosh{{
    .name = "log_cosh",
    .formula =
        [](const Operands& o) {
          const Tensor size = abs(o.a);
          return size + log(0.5f + 0.5f * exp(-2.0f * size));
        },
    .gradient = [](const Derivative& d, int) { return d.g * tanh(d.a); },
}};

/// Each row without its mean, which is its own gradient: symmetric and linear.
inline constexpr RowOperation centered{
    .name = "centered",
    .kernel =
        [](const RowCall& call) noexcept {
          float sum = 0;
          for (int i = 0; i < call.columns[0]; ++i) sum += call.operands[0][i];
          for (int i = 0; i < call.columns[0]; ++i)
            call.result[i] = call.operands[0][i] - sum / static_cast<float>(call.columns[0]);
        },
    .gradient = [](const Derivative& d, int) { return d.g.builder->over_rows(centered, {d.g, {}, {}}); },
    .c = "float s = 0.0f; for (i = 0; i < na; ++i) s += a[i];"
         "for (i = 0; i < na; ++i) r[i] = a[i] - s / (float)na;",
};
constexpr Tensor center(Tensor x) { return x.builder->over_rows(centered, {x, {}, {}}); }

/// The first half of each row, weighed by the sigmoids of the second: Dauphin et al. 2017, section 2. First what
/// its gradient needs: of x and g, a whole row of x and half as much of g.
inline constexpr RowOperation gated_backward{
    .name = "gated_backward",
    .operands = 2,
    .kernel =
        [](const RowCall& call) noexcept {
          const int half = call.columns[1];
          const float *x = call.operands[0], *g = call.operands[1];
          for (int i = 0; i < half; ++i) {
            const float weight = 1.0f / (1.0f + std::exp(-x[half + i]));
            call.result[i] = g[i] * weight;
            call.result[half + i] = g[i] * x[i] * weight * (1.0f - weight);
          }
        },
    .flops = 32,
};
inline constexpr RowOperation gated{
    .name = "gated",
    .kernel =
        [](const RowCall& call) noexcept {
          const int half = call.result_columns;
          const float* x = call.operands[0];
          for (int i = 0; i < half; ++i) call.result[i] = x[i] / (1.0f + std::exp(-x[half + i]));
        },
    .columns = [](const int* columns) { return columns[0] / 2; },
    .gradient = [](const Derivative& d, int) { return d.g.builder->over_rows(gated_backward, {d.a, d.g, {}}); },
    .flops = 32,
};
constexpr Tensor gate(Tensor x) { return x.builder->over_rows(gated, {x, {}, {}}); }

}  // namespace consumer
