// An operation over rows, for lessons 10 and 12: a kernel in plain C++ for one row, and its gradient, which is
// another one.
#pragma once

#include <isthmus/isthmus.hpp>

#include <cmath>

namespace lessons {

using namespace isthmus;

inline float scale_of(const float* x, int n) {
  float squares = 0;
  for (int i = 0; i < n; ++i) squares += x[i] * x[i];
  return 1.0f / std::sqrt(squares / static_cast<float>(n) + 1e-5f);
}

/// The operation for the gradient, on x and g, a row each: scale · (g - x · mean(x g) · scale²).
inline constexpr RowOperation rms_norm_backward{
    .name = "rms_norm_backward",
    .operands = 2,
    .kernel =
        [](const RowCall& call) noexcept {
          const int n = call.columns[0];
          const float *x = call.operands[0], *g = call.operands[1];
          const float scale = scale_of(x, n);
          float dot = 0;
          for (int i = 0; i < n; ++i) dot += x[i] * g[i];
          const float share = dot * scale * scale / static_cast<float>(n);
          for (int i = 0; i < n; ++i) call.result[i] = scale * (g[i] - x[i] * share);
        },
};

/// x / √(mean of x² + ε): Zhang and Sennrich 2019, equation 4.
inline constexpr RowOperation rms_norm_operation{
    .name = "rms_norm",
    .kernel =
        [](const RowCall& call) noexcept {
          const float scale = scale_of(call.operands[0], call.columns[0]);
          for (int i = 0; i < call.columns[0]; ++i) call.result[i] = scale * call.operands[0][i];
        },
    // d.a is the operand, d.g the gradient of the result.
    .gradient = [](const Derivative& d, int) { return d.g.builder->over_rows(rms_norm_backward, {d.a, d.g, {}}); },
};

/// The word for models: `dense<17>("enc") | rms_norm`.
constexpr Tensor rms_norm(Tensor x) { return x.builder->over_rows(rms_norm_operation, {x, {}, {}}); }

}  // namespace lessons
