// The state from which a stopped run is resumed: the file checkpoint.safetensors.
#pragma once

#include "models.hpp"

#include <isthmus/report/history.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace isthmus::tool {

/// The training data as a checkpoint remembers them: enough to notice that they are others.
struct DataTrace {
  std::string source;  ///< as it was given
  std::int64_t samples = 0;
  double mean = 0;
};

/// The number of consecutive last epochs that ended with an output that is the same for every input.
struct OutputPlateau {
  std::int64_t constant_epochs = 0;
  std::int64_t dead_epochs = 0;  ///< of these, with a difference of no more than rounding
};

/// The progress of an epoch that is not finished.
struct PartialEpoch {
  std::int64_t batches = 0;  ///< trained on; 0: it has not begun
  double seconds = 0;        ///< time so far
  std::vector<double> sums;  ///< of the batches' losses, each times its samples; one per term

  bool has_begun() const { return batches > 0; }
};

/// A run's state after an epoch, or within the next one. One file holds all of it, so there is no moment at which
/// parts of two epochs lie side by side.
struct Checkpoint {
  int epoch = 0;  ///< the last that is finished, 0 if none is
  PartialEpoch next;
  std::int64_t steps = 0;
  std::int64_t seed = 0;
  int batch = 0;
  double learning_rate = 0;
  Precision precision = Precision::fp32;
  OutputPlateau output_plateau;
  DataTrace data;
  report::History history;
  std::vector<NamedTensor> tensors;  ///< parameters and the optimizer's states
};

void save_checkpoint(const std::string& path, const ModelEntry& entry, const Checkpoint& checkpoint);

/// Throws FileError if the file is no whole checkpoint, or one of another graph than `entry`.
Checkpoint load_checkpoint(const std::string& path, const ModelEntry& entry);

/// Throws FileError, naming the file and both values, if the checkpoint is of a run with another batch, seed,
/// precision or other data; values that are not given are not compared.
void require_same_run(const std::string& path, const Checkpoint& checkpoint, std::optional<int> batch,
                      std::optional<std::int64_t> seed, std::optional<Precision> precision, const DataTrace& data);

}  // namespace isthmus::tool
