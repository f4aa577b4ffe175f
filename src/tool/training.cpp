#include "training.hpp"

#include "losses.hpp"
#include "output.hpp"

#include <isthmus/error.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <filesystem>

namespace isthmus::tool {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

bool all_finite(const std::vector<run::NamedTensor>& tensors) {
  return std::all_of(tensors.begin(), tensors.end(), [](const run::NamedTensor& tensor) {
    return std::all_of(tensor.values.begin(), tensor.values.end(), [](float x) { return std::isfinite(x); });
  });
}

}  // namespace

std::string checkpoint_path(const std::string& folder) {
  return (std::filesystem::path(folder) / "checkpoint.safetensors").string();
}

Training::Training(const TrainSettings& settings, const data::DataSet& data, const Checkpoint* from)
    : settings_(settings),
      data_(data),
      trainer_(settings.entry->program(Role::train), settings.entry->program(Role::evaluate), settings.batch,
               static_cast<std::uint64_t>(settings.seed)),
      source_(data.train, settings.batch, static_cast<std::uint64_t>(settings.seed), true),
      watch_(settings.entry->program(Role::reconstruct), data.validation) {
  if (from != nullptr) {
    trainer_.write(from->tensors, true, from->steps, checkpoint_path(settings.out));
    trainer_.set_learning_rate(from->learning_rate);
    history_ = from->history;
    plateau_ = from->plateau;
  } else {
    trainer_.initialize_from_data(settings.trace.mean);
  }
  std::error_code unreadable;
  keeps_good_checkpoint_ =
      plateau_.constant_epochs == 0 && std::filesystem::exists(checkpoint_path(settings.out), unreadable);
  if (settings.learning_rate) trainer_.set_learning_rate(*settings.learning_rate);
  trainer_.set_sequential(settings.sequential);
  if (settings.trace_tasks) task_trace_.records.resize(trainer_.training_session().executor().graph().tasks.size());
}

TrainResult Training::run() {
  TrainResult result;
  const auto start = Clock::now();
  report::Progress progress(stderr, settings_.epochs, static_cast<long>(data_.train.count()));
  for (int epoch = static_cast<int>(history_.epochs.size()) + 1; epoch <= settings_.epochs; ++epoch) {
    const auto epoch_start = Clock::now();
    const double train_loss = train_epoch(epoch, progress, result);
    const double validation_loss =
        mean_loss(data_.validation, settings_.batch, buffer_,
                  [&](std::span<const float> samples, std::span<const std::uint32_t> numbers) {
                    return trainer_.evaluate(samples, numbers);
                  });
    if (!std::isfinite(validation_loss))
      fail(epoch, fmt::format("step {}: expected a finite validation loss, found {}", trainer_.steps(),
                              validation_loss));
    const double seconds = seconds_since(epoch_start);
    finish_epoch({epoch, seconds, {train_loss}, {validation_loss}});
    progress.finish_epoch(epoch, train_loss, validation_loss, seconds);
  }
  // Also when there was nothing left to train.
  if (is_stuck(true)) fail_stuck();
  if (plateau_.constant_epochs > 0)
    say(fmt::format("{}: so far the output is the same for every input; more epochs may change that",
                    settings_.entry->name));
  result.seconds = seconds_since(start);
  return result;
}

double Training::train_epoch(int epoch, report::Progress& progress, TrainResult& result) {
  const run::IdleWork prefetch{
      [](void* source) noexcept { return static_cast<data::BatchSource*>(source)->prefetch_some(); },
      &source_};
  double sum = 0;
  std::int64_t done = 0;
  source_.start_epoch(static_cast<std::uint32_t>(epoch));
  while (const auto samples = source_.next()) {
    if (settings_.trace_tasks) trainer_.trace_next_step(task_trace_);
    const auto start = Clock::now();
    const double loss = trainer_.step(*samples, prefetch, source_.indices());
    result.train_seconds += seconds_since(start);
    if (!std::isfinite(loss))
      fail(epoch, fmt::format("step {}: expected a finite loss, found {}", trainer_.steps(), loss));
    const auto count = static_cast<std::int64_t>(samples->size() / data_.train.sample_size());
    sum += loss * static_cast<double>(count);
    done += count;
    progress.update(epoch, static_cast<long>(done), loss);
  }
  result.samples += done;
  return sum / static_cast<double>(done);
}

void Training::finish_epoch(const report::Epoch& epoch) {
  std::vector<run::NamedTensor> tensors = trainer_.read(true);
  // The loss of the last step was taken before its update.
  if (!all_finite(tensors))
    fail(epoch.number, fmt::format("step {}: expected finite parameters, found others", trainer_.steps()));
  history_.epochs.push_back(epoch);
  const double variance = watch_.relative_variance(tensors);
  const bool constant = variance < constant_output;
  plateau_.constant_epochs = constant ? plateau_.constant_epochs + 1 : 0;
  plateau_.dead_epochs = variance < dead_output ? plateau_.dead_epochs + 1 : 0;
  const bool last = epoch.number == settings_.epochs;
  if (!constant || !keeps_good_checkpoint_ || (last && !is_stuck(last))) {
    save(epoch.number, std::move(tensors));
    keeps_good_checkpoint_ = !constant;
  }
  if (is_stuck(last)) fail_stuck();
}

bool Training::is_stuck(bool at_end) const {
  if (plateau_.dead_epochs >= most_epochs_of_plateau) return true;
  return at_end && (plateau_.dead_epochs > 0 || plateau_.constant_epochs >= most_epochs_of_plateau);
}

void Training::fail_stuck() const {
  const auto epoch = static_cast<std::int64_t>(history_.epochs.size());
  fail(static_cast<int>(epoch),
       fmt::format(
           "step {}: expected reconstructions that differ as the inputs do, found the same output for every "
           "input since epoch {}",
           trainer_.steps(), epoch - plateau_.constant_epochs + 1));
}

void Training::save(int epoch, std::vector<run::NamedTensor> tensors) {
  Checkpoint checkpoint;
  checkpoint.epoch = epoch;
  checkpoint.steps = trainer_.steps();
  checkpoint.seed = settings_.seed;
  checkpoint.batch = settings_.batch;
  checkpoint.learning_rate = trainer_.learning_rate();
  checkpoint.plateau = plateau_;
  checkpoint.data = settings_.trace;
  checkpoint.history = history_;
  checkpoint.tensors = std::move(tensors);
  save_checkpoint(checkpoint_path(settings_.out), *settings_.entry, checkpoint);
  report::save_history(std::filesystem::path(settings_.out) / "history.csv", history_);
}

void Training::fail(int epoch, const std::string& what) const {
  const std::string path = checkpoint_path(settings_.out);
  std::error_code unreadable;
  std::string rest = fmt::format("there is no checkpoint in {} yet", settings_.out);
  if (keeps_good_checkpoint_)
    rest = fmt::format("the last good checkpoint, {}, is kept", path);
  else if (std::filesystem::exists(path, unreadable))
    rest = fmt::format("--resume goes on from {}", path);
  throw NumberError(fmt::format("{}: epoch {}: {}; {}", settings_.entry->name, epoch, what, rest));
}

}  // namespace isthmus::tool
