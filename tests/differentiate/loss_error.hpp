// The gradient of a model's loss against central differences.
#pragma once

#include <isthmus/differentiate/training.hpp>

#include "differentiate/check.hpp"

namespace isthmus::testing {

/// The error of a loss's gradient in the input and in all parameters.
template <class Loss>
double error_of(GraphView model, Loss loss, int samples = 3, Range range = Range::signed_values) {
  Builder b = differentiate::loss_graph(model, loss);
  const Tensor value = b.tensor(b[b.size() - 1].inputs[0]);
  const std::vector<Tensor> sources = sources_of(b), gradient = differentiate::gradients(value, sources);
  if (b.diagnostic()) return 1e300;
  return gradient_error(b.view(), value, sources, gradient, range, samples);
}

}  // namespace isthmus::testing
