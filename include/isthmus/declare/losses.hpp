// Losses: functions of the reconstruction and the target that give a scalar.
#pragma once

#include <isthmus/builder.hpp>

namespace isthmus {

namespace declare {

/// Records the mistake at the layer that made the reconstruction; true if the loss can be written.
constexpr bool same_shapes(Tensor reconstruction, Tensor target) {
  if (reconstruction.shape() == target.shape()) return true;
  reconstruction.builder->diagnostic().record(Mistake::loss_shapes_differ, reconstruction.node().label.layer,
                                              reconstruction.shape(), target.shape());
  return false;
}

struct MeanSquaredError {
  constexpr Tensor operator()(Tensor reconstruction, Tensor target) const {
    if (!same_shapes(reconstruction, target)) return reconstruction.builder->constant(0.0f);
    return mean(square(reconstruction - target));
  }
};

struct BinaryCrossEntropy {
  constexpr Tensor operator()(Tensor y, Tensor target) const {
    Builder& b = *y.builder;
    if (!same_shapes(y, target)) return b.constant(0.0f);
    // After a sigmoid the loss is a function of the logit z that neither overflows nor takes log(0):
    // -t log σ(z) - (1 - t) log(1 - σ(z)) = softplus(z) - t z.
    if (y.node().op == Op::sigmoid) {
      const Tensor z = b.tensor(y.node().inputs[0]);
      return mean(b.unary(Op::softplus, z) - target * z);
    }
    const float tiny = 1e-7f;
    const Tensor p = minimum(maximum(y, b.constant(tiny)), b.constant(1.0f - tiny));
    return mean(-(target * log(p) + (1.0f - target) * log(1.0f - p)));
  }
};

}  // namespace declare

/// Mean over batch and elements of (reconstruction - target)².
inline constexpr declare::MeanSquaredError mean_squared_error{};

/// Mean over batch and elements of -t log y - (1 - t) log(1 - y); computed from the logit if y is a sigmoid.
inline constexpr declare::BinaryCrossEntropy binary_cross_entropy{};

/// How a model is trained: `train(model, mean_squared_error, adam{})`.
template <class Loss, class Optimizer>
struct Training {
  Loss loss;
  Optimizer optimizer;
};

template <class AnyModel, class Loss, class Optimizer>
constexpr auto train(const AnyModel&, Loss loss, Optimizer optimizer) {
  return Training<Loss, Optimizer>{loss, optimizer};
}

}  // namespace isthmus
