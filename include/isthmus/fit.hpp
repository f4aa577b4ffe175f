// Training on data in memory, epoch after epoch: the loop of `isthmus train` for programs.
#pragma once

#include <isthmus/run/trainer.hpp>

#include <functional>
#include <optional>
#include <span>
#include <vector>

namespace isthmus {

/// The settings of fit.
struct FitOptions {
  int epochs = 10;
  int batch = 0;        ///< samples of a step; 0: as many as the trainer takes
  bool shuffle = true;  ///< in another order in each epoch, which the trainer's seed decides
};

/// The losses of one epoch.
struct EpochLosses {
  int epoch = 0;                     ///< from 1
  double training = 0;               ///< mean over the epoch's steps, each before its update
  std::optional<double> validation;  ///< after the epoch, if there are samples for it
};

/// Trains on samples that are in memory, row-major: all of one input, or of each input by its name, as many of
/// each. They are copied once. `after_epoch`, if given, is called after each epoch, and training ends when it
/// returns false; there a program can lower the learning rate (plateau.hpp), or save what is best. Epochs go on
/// from the trainer's steps: a second call sees other orders, as if the first had been longer. Of the same seed,
/// samples and batch every run gives the same bits. Throws ShapeError for sizes that do not fit, naming the input,
/// and NumberError for NaN or infinity.
std::vector<EpochLosses> fit(TrainerCore& trainer, std::span<const PortValues> training,
                             const FitOptions& options = {},
                             const std::function<bool(const EpochLosses&)>& after_epoch = {},
                             std::span<const PortValues> validation = {});
std::vector<EpochLosses> fit(TrainerCore& trainer, std::span<const float> training, const FitOptions& options = {},
                             const std::function<bool(const EpochLosses&)>& after_epoch = {},
                             std::span<const float> validation = {});

}  // namespace isthmus
