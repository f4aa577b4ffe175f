// A training run: epochs, losses, checkpoints.
#pragma once

#include "checkpoint.hpp"
#include "clock.hpp"
#include "plateau.hpp"
#include "port_data.hpp"
#include "task_trace.hpp"

#include <isthmus/data/batch_source.hpp>
#include <isthmus/data/source.hpp>
#include <isthmus/plateau.hpp>
#include <isthmus/report/progress.hpp>

#include <cstdio>
#include <memory>
#include <optional>

namespace isthmus::tool {

/// Where a run's first weights are from, instead of being drawn.
struct InitialWeights {
  std::string path;
  std::vector<NamedTensor> tensors;
  std::vector<std::string> layers;  ///< the only ones that are taken; none: all that are there
};

/// The settings of a run, with every default filled in.
struct TrainSettings {
  const ModelEntry* entry = nullptr;
  std::string out;
  int epochs = 0;  ///< in all, those before a resumption included
  int batch = 0;
  int threads = 0;
  std::int64_t seed = 0;
  std::optional<double> learning_rate;  ///< the model's own if not given
  std::optional<Precision> precision;   ///< the model's own if not given
  DataTrace trace;
  std::optional<InitialWeights> initial;
  int patience = 0;                ///< epochs without a lower validation loss after which training stops; 0: never
  std::optional<Plateau> plateau;  ///< lowers the learning rate as the validation losses say; none: never
  std::optional<double> until;     ///< training stops once the validation loss is at most this
  bool keeps_best = false;         ///< the epoch with the lowest validation loss is what counts in the end
  /// One of schedule_names(); `dataflow` is the executor's default, `sequential` one thread without any of TBB.
  std::string schedule = "dataflow";
  double checkpoint_seconds = 0;  ///< after which a checkpoint is saved within an epoch as well; 0: never
  bool trace_tasks = false;       ///< remember when the tasks of the last step ran
  /// The ranks that train together, each with its part of every batch; null: this process alone. The first one
  /// writes.
  run::Communicator* communicator = nullptr;

  bool writes() const { return communicator == nullptr || communicator->rank() == 0; }
  data::Shard shard() const {
    if (communicator == nullptr) return {};
    return {static_cast<std::size_t>(communicator->rank()), static_cast<std::size_t>(communicator->size())};
  }
};

/// The results of this process.
struct TrainResult {
  double seconds = 0;        ///< all epochs, validation and checkpoints included
  double train_seconds = 0;  ///< training steps alone
  std::int64_t samples = 0;  ///< trained on, by all ranks
  MessageTimes messages;     ///< of some of the steps, if there are several ranks
};

class Training {
 public:
  /// `from`: the checkpoint to go on from, or null.
  Training(const TrainSettings& settings, const PortDataSet& data, const Checkpoint* from);

  /// Trains up to the last epoch, or until the loss is reached or patience is at its end; the checkpoint and
  /// history.csv are saved after each, and the checkpoint every so many seconds. Throws Interrupted after a signal
  /// that asks it to stop, with a checkpoint of the last step.
  /// Throws NumberError if the loss or a parameter is no longer finite, or the output is the same for every input
  /// at the end or beyond hope; the last good checkpoint is then kept.
  TrainResult run();

  const report::History& history() const { return history_; }
  /// The epoch whose parameters are the run's result: the last one, or the best one if that is kept.
  const report::Epoch& result_epoch() const;
  /// Whether there is a loss to reach, and the last epoch's validation loss is at most that; the best epoch's if
  /// that is kept.
  bool has_reached() const;
  double learning_rate() const { return trainer_.learning_rate(); }
  /// Parameters that are frozen, or that the loss does not reach.
  std::vector<std::string> untrained() const { return trainer_.untrained(); }
  Precision precision() const { return trainer_.training_session().program().plan.precision; }
  const char* target() const { return trainer_.training_session().program().kernels->target; }
  /// What was taken of the initial weights, and what was not; empty if there are none, or the run goes on.
  const TakenWeights& initial_weights() const { return initial_weights_; }
  /// The parameters of that epoch. Throws FileError if the best one's file cannot be read.
  std::vector<NamedTensor> parameters() const;
  /// The last step's tasks in the Trace Event Format, if they were to be remembered and there was a step.
  std::string task_trace() const;

 private:
  void take_initial_weights(const InitialWeights& initial);
  std::vector<double> train_epoch(int epoch, report::Progress& progress, TrainResult& result);
  /// Stops if a signal has asked one of the ranks to.
  void heed_signals();
  [[noreturn]] void stop(int signal);
  void save_within_epoch();
  std::vector<double> validate();
  /// The validation loss of the last epoch, or of the best one if that is kept. There must be one.
  double validation_loss() const;
  /// Lowers the learning rate if the last epoch asks for it.
  void heed_plateau();
  void remember_best(const Checkpoint& from);
  void finish_epoch(const report::Epoch& epoch);
  Checkpoint checkpoint(int epoch, std::vector<NamedTensor> tensors) const;
  void save(const Checkpoint& checkpoint);
  /// Whether the output is the same for every input, and training cannot recover or is at its end.
  bool is_stuck(bool at_end) const;
  [[noreturn]] void fail_stuck() const;
  [[noreturn]] void fail(int epoch, const std::string& what) const;
  /// The part of a message that says from which checkpoint training can go on.
  std::string kept() const;

  TrainSettings settings_;
  PortDataSet data_;
  TrainerCore trainer_;
  std::unique_ptr<std::FILE, int (*)(std::FILE*)> progress_stream_;
  data::BatchSource source_;
  std::vector<PortValues> batch_;  ///< of each input, in the batch of this step
  PlateauWatch watch_;
  run::TaskTrace task_trace_;
  report::History history_;
  TakenWeights initial_weights_;
  int best_epoch_ = 0;               ///< whose parameters are in best.safetensors; 0: none
  PartialEpoch next_;                ///< the epoch that is not finished
  bool is_saved_ = false;            ///< the folder's checkpoint is of the last step
  std::vector<double> stop_wishes_;  ///< the ranks' signals
  Clock::time_point saved_at_,
      resumed_at_;  ///< the last checkpoint; this epoch's beginning, or the resumption in it
  PortReader validation_;
  OutputPlateau output_plateau_;
  std::optional<Plateau> plateau_;  ///< of the validation loss; it follows from the history
  /// The folder's checkpoint is of a model that gives different outputs: one that does not is no replacement.
  bool keeps_good_checkpoint_;
};

/// The files in the folder of a run: the last epoch's state, and that of the epoch with the lowest validation
/// loss.
std::string checkpoint_path(const std::string& folder);
std::string best_path(const std::string& folder);

}  // namespace isthmus::tool
