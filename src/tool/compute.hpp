// A program on any number of samples.
#pragma once

#include "port_data.hpp"

#include <isthmus/run/trainer.hpp>

#include <functional>
#include <span>
#include <string>
#include <vector>

namespace isthmus::tool {

/// Samples computed at a time: what they need stays in the caches, and memory does not grow with their number.
inline constexpr int most_at_a_time = 256;

/// The outputs of `program`, which was made for at least most_at_a_time samples, for each sample: count × output
/// size.
std::vector<float> compute(InferenceCore& program, const PortData& data);
/// The outputs for `inputs`, count × input size values of the program's first input; `others` are the values of
/// the others, as many samples of each.
std::vector<float> compute(InferenceCore& program, std::span<const float> inputs,
                           std::span<const PortValues> others = {});
/// Gives the outputs to `take`, batch by batch, so that no more than one batch is held. Side outputs of the
/// program are then those of the batch.
void compute(InferenceCore& program, const PortData& data,
             const std::function<void(std::span<const float> outputs)>& take);

/// The check of a model's outputs: NaN and infinity are refused unless allowed, since readers of the file would
/// refuse them.
struct OutputCheck {
  std::string file;              ///< the file of the outputs, for messages
  bool allow_nonfinite = false;  ///< the flag --allow-nonfinite

  /// Throws NumberError, naming the sample and the position in it, if one of these values, `size` for each sample
  /// from number `first` on, is not finite though it has to be.
  void operator()(std::span<const float> values, std::size_t size, std::size_t first = 0) const;
};

}  // namespace isthmus::tool
