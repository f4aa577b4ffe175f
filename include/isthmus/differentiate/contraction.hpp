// The contractive penalty: a derivative inside of a loss.
#pragma once

#include <isthmus/declare/penalties.hpp>
#include <isthmus/differentiate/gradient.hpp>

namespace isthmus {

namespace differentiate {

/// The backward pass is written once for each value of the code.
inline constexpr int widest_jacobian = 64;

struct Contraction : declare::Term {
  static constexpr const char* name = "contraction";
  const char* layer;
  constexpr explicit Contraction(const char* l) : layer(l) {}

  constexpr Tensor operator()(Tensor y, Tensor /*target*/) const {
    Builder& b = *y.builder;
    Tensor code = layer_of(y, layer);
    const Tensor input = b.tensor(first_port(b.view(), PortKind::data));
    const auto width = static_cast<int>(code.shape().elements_per_sample());
    if (width > widest_jacobian) {
      b.diagnostic().record(Mistake::jacobian_too_wide, layer, code.shape(), shape_of(batch, widest_jacobian));
      return b.constant(0.0f);
    }
    code = reshape(code, shape_of(batch, width));
    Tensor squares = b.constant(0.0f);
    for (int unit = 0; unit < width; ++unit) {
      // Samples do not see each other: the gradient of the sum over the batch has every sample's own in its row.
      const Tensor one = sum(code * b.one_hot(width, unit));
      squares = squares + sum(square(gradients(one, {input}).front()));
    }
    return squares / b.host_scalar(HostScalar::batch_size);
  }
};

}  // namespace differentiate

/// The mean over the batch of ||∂h / ∂x||², the squared Frobenius norm of the Jacobian of this layer's result h
/// with respect to the input x, for at most 64 values h. Exact, whatever lies between them, but for batch_norm in
/// training, through which samples see each other. Source: Rifai et al. 2011, "Contractive auto-encoders: explicit
/// invariance during feature extraction", equation 1.
constexpr differentiate::Contraction contraction(const char* layer) { return differentiate::Contraction(layer); }

}  // namespace isthmus
