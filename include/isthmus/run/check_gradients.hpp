// Checks that the gradients of a model are those of its loss: for operations, layers and losses of a program's
// own.
#pragma once

#include <isthmus/differentiate/turns.hpp>
#include <isthmus/run/trainer.hpp>

namespace isthmus {

/// The difference between the gradient of one parameter and central differences of the loss.
struct GradientError {
  std::string parameter;  ///< of a model that is trained in turns with the turn behind it: `enc1.weight.confuse`
  double error;  ///< largest difference along some directions, as a part of what the gradient is along such a one
};

namespace run {

/// Keeps each gradient as a state, and leaves the parameters as they are.
struct KeepGradients {
  Annealed learning_rate = 0.0f;

  constexpr void update(Tensor parameter, Tensor gradient, Tensor rate, Tensor) const {
    Builder& b = *parameter.builder;
    b.assign(b.state(parameter, "gradient"), gradient);
    b.assign(parameter, parameter - rate * gradient);
  }
};

template <class M, class Optimizer>
constexpr auto trained_by(Optimizer optimizer) {
  if constexpr (declare::is_in_turns<decltype(M::training.loss)>)
    return train(M::model, M::training.loss.trained_by(optimizer));
  else return train(M::model, M::training.loss, optimizer);
}

/// The model `M`, trained by that in fp32.
template <class M>
struct GradientsOf {
  static constexpr const auto& model = M::model;
  static constexpr auto training = trained_by<M>(KeepGradients{});
};

/// The errors of the gradients of a trainer with KeepGradients.
std::vector<GradientError> gradient_errors(TrainerCore& trainer, std::span<const PortValues> values);

}  // namespace run

/// Compares the gradient of the loss of `samples` (row-major, at most `maximum` of them) with central differences
/// of that loss, for each parameter that the loss reaches, along sixteen random directions, near the values that
/// `seed` starts with. Noise is the same in all of it. Where the loss is smooth, a right gradient is off by some
/// 1e-4, since losses are computed in float; one that lacks a factor or a term by far more. Compiles a training
/// step of its own, for the SIMD target of this unit. Throws ShapeError and Error as Trainer does.
template <class M, int maximum = 32>
std::vector<GradientError> check_gradients(std::span<const float> samples, std::uint64_t seed = 1) {
  static_assert(detail::takes_one<M, Role::train>());
  Trainer<run::GradientsOf<M>, maximum> trainer{seed};
  const PortValues values{trainer.inputs().front().name, samples};
  return run::gradient_errors(trainer, {&values, 1});
}
/// Of a model with several inputs: `check_gradients<M>(ports<"image", "label">(images, labels))`.
template <class M, int maximum = 32, class Ports>
  requires detail::has_values<Ports>
std::vector<GradientError> check_gradients(const Ports& values, std::uint64_t seed = 1) {
  static_assert(detail::takes<M, Role::train>(static_cast<const Ports*>(nullptr)));
  Trainer<run::GradientsOf<M>, maximum> trainer{seed};
  return run::gradient_errors(trainer, values.given);
}

}  // namespace isthmus
