// A learning rate that falls when the loss does not.
#pragma once

#include <cmath>
#include <limits>

namespace isthmus {

/// Lowers a learning rate after epochs that have not lowered the loss. A value: a copy goes on as the original
/// would, and who has the losses of earlier epochs gets its state by showing them again. Between the epochs of
/// fit: `trainer.set_learning_rate(plateau.rate_after(*now.validation, trainer.learning_rate()))`. The rate of a
/// schedule is its largest value, so that a schedule is lowered as a whole. As Keras' and PyTorch's
/// ReduceLROnPlateau.
struct Plateau {
  int patience = 10;        ///< epochs in a row without a lower loss after which the rate falls; at least 1
  double factor = 0.1;      ///< what it is multiplied with, in (0, 1)
  double threshold = 1e-4;  ///< a loss is lower if it is by this part of the lowest one
  double least = 0;         ///< no rate falls below this

  // The state.
  double lowest = std::numeric_limits<double>::infinity();
  int epochs = 0;  ///< since the loss was lower, or the rate fell

  /// The rate for the next epoch, after one with this loss and this rate. A loss that is no number is not lower.
  double rate_after(double loss, double rate) {
    const double margin = std::isfinite(lowest) ? threshold * std::abs(lowest) : 0;
    if (loss < lowest - margin) {
      lowest = loss;
      epochs = 0;
      return rate;
    }
    if (++epochs < patience) return rate;
    epochs = 0;
    const double lower = rate * factor;
    return lower > least ? lower : rate < least ? rate : least;
  }
};

}  // namespace isthmus
