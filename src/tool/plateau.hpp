// A model that gives the same output whatever it is shown has learned the mean of the data and nothing else.
// Its loss looks like one that just falls slowly; its outputs tell.
#pragma once

#include "port_data.hpp"

#include <isthmus/run/trainer.hpp>

#include <vector>

namespace isthmus::tool {

/// Reconstructs a few samples and compares how much they differ with how much the targets do.
class PlateauWatch {
 public:
  /// `data` are the samples to look at; some 64 of them, evenly spread, are used. `target` is the input whose
  /// values the outputs are to be.
  PlateauWatch(const lower::Program& reconstruct, const PortData& data, std::string_view target);

  /// The outputs' variance across samples over the targets' (each the mean over elements) with these
  /// parameters; 1 if the samples do not differ from each other, so that nothing can be said.
  double relative_variance(const std::vector<NamedTensor>& parameters);

 private:
  InferenceCore program_;
  PortReader reader_;
  std::span<const PortValues> inputs_;
  std::vector<float> outputs_;
  std::size_t count_;
  double target_variance_;
};

/// Below this relative variance the output counts as constant. A run may pass through this: one layer each
/// way with sigmoids, on MNIST, is down to 1e-7 for some 2,000 steps, and then learns. A run that ends there
/// has failed.
inline constexpr double constant_output = 1e-3;
/// Below this nothing but rounding is left: no gradient shows the way out, and no run was seen to find it in
/// thousands of steps. A run that ends there has failed.
inline constexpr double dead_output = 1e-9;
/// After this many dead epochs in a row training is stopped; with this many constant ones at its end it has
/// failed.
inline constexpr int most_epochs_of_plateau = 3;

}  // namespace isthmus::tool
