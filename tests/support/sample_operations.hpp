// Operations over whole samples, each with a gradient of its own: for the tests of every room. What they mean in
// double precision is in row_reference.hpp.
#pragma once

#include <isthmus/builder.hpp>

namespace isthmus::testing {

/// Height, width and channels of a sample; of one that is no image all values are one row of pixels.
struct SampleExtents {
  int height = 1, width = 1, channels = 1;
};
constexpr SampleExtents extents_of(const Shape& shape) {
  if (shape.is_image()) return {shape.height(), shape.width(), shape.channels()};
  return {1, static_cast<int>(shape.elements_per_sample()), 1};
}

constexpr Tensor of_sample(const RowOperation& operation, Tensor x) {
  return x.builder->over_rows(operation, {x, {}, {}});
}
constexpr Tensor of_samples(const RowOperation& operation, Tensor x, Tensor y) {
  return x.builder->over_rows(operation, {x, y, {}});
}

/// The sum of all pixels above and to the left (the integral image), or below and to the right: of each channel.
constexpr void sum_pixels(const float* x, float* y, const SampleExtents& of, bool from_the_end) {
  const int count = of.height * of.width;
  for (int channel = 0; channel < of.channels; ++channel)
    for (int pixel = 0; pixel < count; ++pixel) {
      const auto at = [&](int i) { return (from_the_end ? count - 1 - i : i) * of.channels + channel; };
      float sum = x[at(pixel)];
      const bool has_left = pixel % of.width > 0, has_above = pixel >= of.width;
      if (has_left) sum += y[at(pixel - 1)];
      if (has_above) sum += y[at(pixel - of.width)];
      if (has_left && has_above) sum -= y[at(pixel - of.width - 1)];
      y[at(pixel)] = sum;
    }
}

extern const RowOperation running_total;
inline constexpr RowOperation running_total_backward{
    .name = "running_total_backward",
    .whole_samples = true,
    .kernel =
        [](const RowCall& call) noexcept {
          sum_pixels(call.operands[0], call.result, extents_of(call.shapes[0]), true);
        },
    .gradient = [](const Derivative& d, int) { return of_sample(running_total, d.g); },
};
inline constexpr RowOperation running_total{
    .name = "running_total",
    .whole_samples = true,
    .kernel =
        [](const RowCall& call) noexcept {
          sum_pixels(call.operands[0], call.result, extents_of(call.result_shape), false);
        },
    .gradient = [](const Derivative& d, int) { return of_sample(running_total_backward, d.g); },
    .c = "for (i = 0; i < nr; ++i) {\n"
         "  const int above = i >= wa * ca, left = i / ca % wa > 0;\n"
         "  r[i] = a[i];\n"
         "  if (left) r[i] += r[i - ca];\n"
         "  if (above) r[i] += r[i - wa * ca];\n"
         "  if (above && left) r[i] -= r[i - wa * ca - ca];\n"
         "}",
};

/// Σ x[i] x[i + d] for the first distances d: a result of another size. Its backward kernel has no gradient.
inline constexpr int lags = 4;
inline constexpr RowOperation autocorrelation_backward{
    .name = "autocorrelation_backward",
    .operands = 2,
    .whole_samples = true,
    .kernel =
        [](const RowCall& call) noexcept {
          const int n = call.columns[0];
          const float *const x = call.operands[0], *const g = call.operands[1];
          for (int i = 0; i < n; ++i) {
            call.result[i] = 0;
            for (int d = 0; d < lags; ++d)
              call.result[i] += g[d] * ((i + d < n ? x[i + d] : 0) + (i - d >= 0 ? x[i - d] : 0));
          }
        },
};
inline constexpr RowOperation autocorrelation{
    .name = "autocorrelation",
    .whole_samples = true,
    .kernel =
        [](const RowCall& call) noexcept {
          for (int d = 0; d < call.result_columns; ++d) {
            call.result[d] = 0;
            const float* const x = call.operands[0];
            for (int i = 0; i + d < call.columns[0]; ++i) call.result[d] += x[i] * x[i + d];
          }
        },
    .shape = [](const Shape*) { return shape_of(batch, lags); },
    .gradient = [](const Derivative& d, int) { return of_samples(autocorrelation_backward, d.a, d.g); },
    .flops = 2 * lags,
};

// y[i] = Σ w[k] x[i + k - n/2], with a w that all samples share or that each has of its own. What its gradient is
// made of: the transposed filter of (g, w), and Σ g[i] x[i + k - n/2] of (x, g, w), of w only the size.
extern const RowOperation filtered;
extern const RowOperation filtered_backward;
constexpr void weigh(const RowCall& call, int direction) noexcept {
  const int n = call.columns[0], taps = call.columns[1];
  for (int i = 0; i < n; ++i) {
    call.result[i] = 0;
    for (int k = 0; k < taps; ++k) {
      const int from = i + direction * (k - taps / 2);
      if (from >= 0 && from < n) call.result[i] += call.operands[1][k] * call.operands[0][from];
    }
  }
}
inline constexpr RowOperation filtered_weights{
    .name = "filtered_weights",
    .operands = 3,
    .whole_samples = true,
    .kernel =
        [](const RowCall& call) noexcept {
          const int n = call.columns[0], taps = call.result_columns;
          for (int k = 0; k < taps; ++k) {
            call.result[k] = 0;
            for (int i = 0; i < n; ++i) {
              const int from = i + k - taps / 2;
              if (from >= 0 && from < n) call.result[k] += call.operands[1][i] * call.operands[0][from];
            }
          }
        },
    .shape =
        [](const Shape* of) {
          const int taps = static_cast<int>(of[2].elements_per_sample());
          return of[0].has_batch() ? shape_of(batch, taps) : shape_of(taps);
        },
    .gradient =
        [](const Derivative& d, int operand) {
          return operand == 0 ? of_samples(filtered_backward, d.b, d.g) : of_samples(filtered, d.a, d.g);
        },
    .flat = {false, false, true},
    .flops = 10,
};
constexpr Tensor gradient_of_weights(Tensor x, Tensor g, Tensor w) {
  return x.builder->over_rows(filtered_weights, {x, g, w});
}
inline constexpr RowOperation filtered_backward{
    .name = "filtered_backward",
    .operands = 2,
    .whole_samples = true,
    .kernel = [](const RowCall& call) noexcept { weigh(call, -1); },
    .gradient =
        [](const Derivative& d, int operand) {
          return operand == 0 ? of_samples(filtered, d.g, d.b) : gradient_of_weights(d.g, d.a, d.b);
        },
    .flops = 10,
};
inline constexpr RowOperation filtered{
    .name = "filtered",
    .operands = 2,
    .whole_samples = true,
    .kernel = [](const RowCall& call) noexcept { weigh(call, 1); },
    .gradient =
        [](const Derivative& d, int operand) {
          return operand == 0 ? of_samples(filtered_backward, d.g, d.b) : gradient_of_weights(d.a, d.g, d.b);
        },
    .flops = 10,
    .c = "for (i = 0; i < nr; ++i) {\n"
         "  int k = 0;\n"
         "  r[i] = 0.0f;\n"
         "  for (k = 0; k < nb; ++k)\n"
         "    if (i + k - nb / 2 >= 0 && i + k - nb / 2 < na) r[i] += b[k] * a[i + k - nb / 2];\n"
         "}",
};

// A vector from its end as an image of three rows of five pixels, and an image from its end as a vector: results
// of another rank.
constexpr void reverse(const RowCall& call) noexcept {
  for (int i = 0; i < call.result_columns; ++i) call.result[i] = call.operands[0][call.columns[0] - 1 - i];
}
extern const RowOperation unfolded;
inline constexpr RowOperation folded{
    .name = "folded",
    .whole_samples = true,
    .kernel = reverse,
    .shape = [](const Shape* of) { return shape_of(batch, static_cast<int>(of[0].elements_per_sample())); },
    .gradient = [](const Derivative& d, int) { return of_sample(unfolded, d.g); }};
inline constexpr RowOperation unfolded{
    .name = "unfolded",
    .whole_samples = true,
    .kernel = reverse,
    .shape = [](const Shape* of) { return shape_of(batch, 3, 5, of[0].columns() / 15); },
    .gradient = [](const Derivative& d, int) { return of_sample(folded, d.g); }};

/// Each value times that of a mask of the same extents: one for all samples, of several rows, or one for each.
extern const RowOperation masked;
inline constexpr RowOperation masked{
    .name = "masked",
    .operands = 2,
    .whole_samples = true,
    .kernel =
        [](const RowCall& call) noexcept {
          for (int i = 0; i < call.result_columns; ++i) call.result[i] = call.operands[0][i] * call.operands[1][i];
        },
    .gradient =
        [](const Derivative& d, int operand) {
          Builder& b = *d.g.builder;
          if (operand == 0) return of_samples(masked, d.g, d.b);
          const Tensor own = of_samples(masked, d.g, d.a);
          if (d.b.shape().has_batch()) return own;
          const int n = static_cast<int>(d.b.shape().elements_per_sample());
          return reshape(b.sum_to(reshape(own, shape_of(batch, n)), shape_of(n)), d.b.shape());
        },
};

}  // namespace isthmus::testing
