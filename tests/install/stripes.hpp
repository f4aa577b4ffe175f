// The consumer's own model.
#pragma once

#include <isthmus/declare.hpp>

namespace consumer {

using namespace isthmus;

/// x tanh(softplus(x)): Misra 2019. Its gradient is that of its parts.
inline constexpr Elementwise mish{
    {.name = "mish", .formula = [](const Operands& o) { return o.a * tanh(softplus(o.a)); }, .flops = 32}};

/// log(cosh(x)), with a gradient of its own.
inline constexpr Elementwise log_cosh{{.name = "log_cosh",
                                       .formula =
                                           [](const Operands& o) {
                                             const Tensor size = abs(o.a);
                                             return size + log(0.5f + 0.5f * exp(-2.0f * size));
                                           },
                                       .gradient = [](const Derivative& d, int) { return d.g * tanh(d.a); }}};

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
    .c = "float s = 0.0f; for (i = 0; i < na; ++i) s += a[i]; for (i = 0; i < na; ++i) r[i] = a[i] - s / (float)na;"};
constexpr Tensor center(Tensor x) { return x.builder->over_rows(centered, {x, {}, {}}); }

struct Stripes {
  static constexpr auto model =
      autoencoder(encoder(input<24>("stripes"), dense<12>("enc") | elu), bottleneck(dense<3>("code")),
                  decoder(dense<12>("dec") | activation(mish) | center, dense<24>("out") | sigmoid));
  static constexpr auto training = train(
      model, term("log_cosh", [](Tensor y, Tensor x) { return mean(activation(log_cosh)(y - x)); }), adam{0.01f});
};
static_assert(Stripes::model.code_size() == 3);
static_assert(width_of<Stripes, "enc">() == 12);

}  // namespace consumer
