#include "training.hpp"

#include "clock.hpp"
#include "losses.hpp"
#include "output.hpp"
#include "schedule_meter.hpp"
#include "signals.hpp"

#include <isthmus/error.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <optional>

namespace isthmus::tool {
namespace {

/// The messages of every measured_step-th step are measured.
constexpr std::int64_t measured_step = 8;

std::size_t index_of(int epoch) { return static_cast<std::size_t>(epoch) - 1; }

/// The first epoch with the lowest validation loss.
int best_epoch_of(const report::History& history) {
  const auto best = std::min_element(
      history.epochs.begin(), history.epochs.end(),
      [](const report::Epoch& a, const report::Epoch& b) { return a.validation.front() < b.validation.front(); });
  return best->number;
}

bool out_of_patience(const report::History& history, int patience) {
  if (patience == 0 || history.epochs.empty()) return false;
  return history.epochs.back().number - best_epoch_of(history) >= patience;
}

/// Whether the epochs that both histories have had equal losses.
bool same_losses(const report::History& a, const report::History& b) {
  const std::size_t both = std::min(a.epochs.size(), b.epochs.size());
  return std::equal(a.epochs.begin(), a.epochs.begin() + static_cast<std::ptrdiff_t>(both), b.epochs.begin(),
                    [](const report::Epoch& x, const report::Epoch& y) { return x.validation == y.validation; });
}

/// The best epoch's file, if there is one of this graph that can be read: what another run left is no error.
std::optional<Checkpoint> find_best(const std::string& path, const ModelEntry& entry) {
  std::error_code unreadable;
  if (!std::filesystem::exists(path, unreadable)) return std::nullopt;
  try {
    return load_checkpoint(path, entry);
  } catch (const Error&) {
    return std::nullopt;
  }
}

bool all_finite(const std::vector<NamedTensor>& tensors) {
  return std::all_of(tensors.begin(), tensors.end(), [](const NamedTensor& tensor) {
    return std::all_of(tensor.values.begin(), tensor.values.end(), [](float x) { return std::isfinite(x); });
  });
}

std::vector<data::Samples> sets_of(const PortData& data) {
  std::vector<data::Samples> sets;
  for (const PortSamplesOfSet& port : data.ports()) sets.push_back(port.samples);
  return sets;
}

}  // namespace

std::string checkpoint_path(const std::string& folder) {
  return (std::filesystem::path(folder) / "checkpoint.safetensors").string();
}

std::string best_path(const std::string& folder) {
  return (std::filesystem::path(folder) / "best.safetensors").string();
}

Training::Training(const TrainSettings& settings, const PortDataSet& data, const Checkpoint* from)
    : settings_(settings),
      data_(data),
      trainer_(in_precision(settings.entry->program(settings.communicator == nullptr ? Role::train
                                                                                     : Role::train_distributed),
                            settings.precision),
               settings.entry->program(Role::evaluate),
               static_cast<int>(settings.shard().most_of(static_cast<std::size_t>(settings.batch))),
               static_cast<std::uint64_t>(settings.seed), settings.communicator, settings.batch),
      progress_stream_(settings.writes() ? nullptr : std::fopen("/dev/null", "w"), &std::fclose),
      source_(sets_of(data.train), settings.batch, static_cast<std::uint64_t>(settings.seed), true,
              settings.shard()),
      watch_(settings.entry->program(Role::reconstruct), data.validation, target_name(*settings.entry)),
      history_{loss_terms(*settings.entry), {}},
      stop_wishes_(settings.shard().count),
      validation_(trainer_.inputs(), data.validation),
      plateau_(settings.plateau) {
  for (const PortSamplesOfSet& port : data_.train.ports()) batch_.push_back({port.port, {}});
  if (from != nullptr) {
    trainer_.write(from->tensors, true, from->steps, checkpoint_path(settings.out));
    trainer_.set_learning_rate(from->learning_rate);
    history_ = from->history;
    output_plateau_ = from->output_plateau;
    next_ = from->next;
    is_saved_ = true;
    if (next_.batches > static_cast<std::int64_t>(source_.batches_per_epoch()))
      throw FileError(checkpoint_path(settings.out), "metadata, batches",
                      fmt::format("at most {}, which an epoch has", source_.batches_per_epoch()),
                      fmt::format("{}", next_.batches));
    if (settings.keeps_best) remember_best(*from);
  } else {
    trainer_.initialize_from_data(settings.trace.mean);
    if (settings.initial) take_initial_weights(*settings.initial);
  }
  std::error_code unreadable;
  keeps_good_checkpoint_ = std::filesystem::exists(checkpoint_path(settings.out), unreadable) &&
                           (from == nullptr || watch_.relative_variance(from->tensors) >= constant_output);
  if (settings.learning_rate) trainer_.set_learning_rate(*settings.learning_rate);
  // A rate of the command line is that of the first epoch, as it was before the run was stopped.
  for (const report::Epoch& epoch : history_.epochs) {
    if (!plateau_) break;
    const double rate = plateau_->rate_after(epoch.validation.front(), trainer_.learning_rate());
    if (settings.learning_rate) trainer_.set_learning_rate(rate);
  }
  if (settings.schedule == "sequential") trainer_.set_threads(Threads::none());
  if (settings.schedule != "sequential" && settings.schedule != "dataflow")
    trainer_.follow(
        schedule_for(*settings.entry, trainer_.training_session(), settings.schedule, settings.threads));
  task_trace_ = trainer_.training_session().make_trace();
}

void Training::take_initial_weights(const InitialWeights& initial) {
  std::vector<NamedTensor> parameters = trainer_.read(false);
  initial_weights_ = take_weights(parameters, initial.tensors, initial.path, initial.layers);
  trainer_.write(parameters, false, 0, initial.path);
}

std::string Training::task_trace() const {
  schedule::Costs costs;
  const run::Session& session = trainer_.training_session();
  schedule::add_memory(costs, session.program().plan, session.executor().graph(), session.max_batch());
  return chrome_trace(session, task_trace_, costs.buffers);
}

TrainResult Training::run() {
  TrainResult result;
  const StopSignals signals;
  const auto start = saved_at_ = Clock::now();
  report::Progress progress(progress_stream_ ? progress_stream_.get() : stderr, settings_.epochs,
                            static_cast<long>(data_.train.count()));
  for (int epoch = static_cast<int>(history_.epochs.size()) + 1; epoch <= settings_.epochs; ++epoch) {
    heed_signals();
    // Within an epoch, the decision from its beginning is not made again.
    if (!next_.has_begun() && has_reached()) {
      say(fmt::format("{}: the validation loss is down to {:.6g}: training stops after epoch {}",
                      settings_.entry->name, validation_loss(), epoch - 1));
      break;
    }
    if (!next_.has_begun() && out_of_patience(history_, settings_.patience)) {
      say(fmt::format("{}: the validation loss has not fallen for {} epochs: training stops after epoch {}",
                      settings_.entry->name, settings_.patience, epoch - 1));
      break;
    }
    resumed_at_ = Clock::now();
    const std::vector<double> train_losses = train_epoch(epoch, progress, result);
    const std::vector<double> validation_losses = validate();
    if (!std::isfinite(validation_losses.front()))
      fail(epoch, fmt::format("step {}: expected a finite validation loss, found {}", trainer_.steps(),
                              validation_losses.front()));
    const double seconds = next_.seconds + seconds_since(resumed_at_);
    finish_epoch({epoch, seconds, train_losses, validation_losses});
    progress.finish_epoch(epoch, train_losses.front(), validation_losses.front(), seconds);
  }
  // Also when there was nothing left to train.
  if (is_stuck(true)) fail_stuck();
  if (output_plateau_.constant_epochs > 0)
    say(fmt::format("{}: so far the output is the same for every input; more epochs may change that",
                    settings_.entry->name));
  if (settings_.until && !has_reached())
    say(fmt::format("{}: after epoch {} the validation loss is {:.6g}, still above {:.6g}", settings_.entry->name,
                    history_.epochs.back().number, validation_loss(), *settings_.until));
  result.seconds = seconds_since(start);
  return result;
}

// Depends on the history alone, which is equal on all ranks: they must agree on when to stop.
double Training::validation_loss() const {
  const int epoch = settings_.keeps_best ? best_epoch_of(history_) : history_.epochs.back().number;
  return history_.epochs[index_of(epoch)].validation.front();
}

bool Training::has_reached() const {
  return settings_.until && !history_.epochs.empty() && validation_loss() <= *settings_.until;
}

std::vector<double> Training::validate() {
  const auto losses = [&](std::span<const PortValues> samples, std::span<const std::uint32_t> numbers,
                          std::span<double> values) {
    // Ranks have different batches: they cannot agree on one to stop after.
    if (settings_.communicator == nullptr) heed_signals();
    values[0] = trainer_.evaluate(samples, numbers);
    std::copy(trainer_.last_terms().begin(), trainer_.last_terms().end(), values.begin() + 1);
  };
  return mean_losses(validation_, data_.validation.count(), settings_.batch, history_.terms.size(), losses,
                     settings_.communicator);
}

std::vector<double> Training::train_epoch(int epoch, report::Progress& progress, TrainResult& result) {
  const run::IdleWork prefetch{
      [](void* source) noexcept { return static_cast<data::BatchSource*>(source)->prefetch_some(); }, &source_};
  std::vector<double>& sums = next_.sums;
  sums.resize(history_.terms.size(), 0.0);
  const auto all = static_cast<std::int64_t>(data_.train.count());
  std::int64_t done = std::min(next_.batches * settings_.batch, all);
  source_.start_epoch(static_cast<std::uint32_t>(epoch), static_cast<std::size_t>(next_.batches));
  while (source_.next()) {
    for (std::size_t i = 0; i < batch_.size(); ++i) batch_[i].values = source_.values(i);
    const bool measures_messages = settings_.communicator != nullptr && trainer_.steps() % measured_step == 0;
    if (settings_.trace_tasks || measures_messages) trainer_.trace_next_step(task_trace_);
    const auto start = Clock::now();
    const double loss = trainer_.step(batch_, prefetch, source_.indices());
    result.train_seconds += seconds_since(start);
    if (!std::isfinite(loss))
      fail(epoch, fmt::format("step {}: expected a finite loss, found {}", trainer_.steps(), loss));
    if (measures_messages) add_messages(result.messages, trainer_.training_session(), task_trace_);
    const auto count = static_cast<std::int64_t>(source_.rows());
    sums[0] += loss * static_cast<double>(count);
    for (std::size_t i = 1; i < sums.size(); ++i)
      sums[i] += trainer_.last_terms()[i - 1] * static_cast<double>(count);
    done += count;
    result.samples += count;
    ++next_.batches;
    is_saved_ = false;
    progress.update(epoch, static_cast<long>(done), loss);
    heed_signals();
    if (settings_.checkpoint_seconds > 0 && seconds_since(saved_at_) >= settings_.checkpoint_seconds)
      save_within_epoch();
  }
  std::vector<double> means = sums;
  for (double& mean : means) mean /= static_cast<double>(done);
  return means;
}

void Training::heed_signals() {
  int signal = stop_signal();
  if (settings_.communicator != nullptr) {
    // All ranks stop after the same step, whichever of them got the signal.
    const double mine = signal;
    settings_.communicator->all_gather(std::span(&mine, 1), stop_wishes_);
    signal = static_cast<int>(*std::max_element(stop_wishes_.begin(), stop_wishes_.end()));
  }
  if (signal != 0) stop(signal);
}

void Training::stop(int signal) {
  if (!is_saved_) save_within_epoch();
  const std::size_t finished = history_.epochs.size();
  const std::string where = next_.has_begun() ? fmt::format("in epoch {}, after {} of {} batches", finished + 1,
                                                            next_.batches, source_.batches_per_epoch())
                            : finished == 0   ? std::string("before the first step")
                                              : fmt::format("after epoch {}", finished);
  const std::string next = is_saved_
                               ? std::string("continue with --resume")
                               : "its output is the same for every input, or not finite, and not saved: " + kept();
  throw Interrupted{
      signal, fmt::format("{}: stopped by {} {}; {}", settings_.entry->name, name_of_signal(signal), where, next)};
}

void Training::save_within_epoch() {
  saved_at_ = Clock::now();
  if (!settings_.writes()) return;
  std::vector<NamedTensor> tensors = trainer_.read(true);
  // The next loss, or the epoch's end, says so.
  if (!all_finite(tensors)) return;
  const bool constant = watch_.relative_variance(tensors) < constant_output;
  if (constant && keeps_good_checkpoint_) return;
  Checkpoint now = checkpoint(static_cast<int>(history_.epochs.size()), std::move(tensors));
  now.next.seconds += seconds_since(resumed_at_);
  save_checkpoint(checkpoint_path(settings_.out), *settings_.entry, now);
  keeps_good_checkpoint_ = !constant;
  is_saved_ = true;
  saved_at_ = Clock::now();
}

void Training::finish_epoch(const report::Epoch& epoch) {
  std::vector<NamedTensor> tensors = trainer_.read(true);
  // The loss of the last step was taken before its update.
  if (!all_finite(tensors))
    fail(epoch.number, fmt::format("step {}: expected finite parameters, found others", trainer_.steps()));
  history_.epochs.push_back(epoch);
  next_ = {};
  heed_plateau();
  const double variance = watch_.relative_variance(tensors);
  const bool constant = variance < constant_output;
  output_plateau_.constant_epochs = constant ? output_plateau_.constant_epochs + 1 : 0;
  output_plateau_.dead_epochs = variance < dead_output ? output_plateau_.dead_epochs + 1 : 0;
  const bool last = epoch.number == settings_.epochs;
  if (!constant || !keeps_good_checkpoint_ || (last && !is_stuck(last))) {
    save(checkpoint(epoch.number, std::move(tensors)));
    keeps_good_checkpoint_ = !constant;
  }
  if (is_stuck(last)) fail_stuck();
}

void Training::heed_plateau() {
  if (!plateau_) return;
  const double before = trainer_.learning_rate();
  const double rate = plateau_->rate_after(history_.epochs.back().validation.front(), before);
  if (rate == before) return;
  trainer_.set_learning_rate(rate);
  if (settings_.writes())
    say(fmt::format(
        "{}: the validation loss has not fallen for {} epochs: the learning rate is {:.7g} after epoch {}",
        settings_.entry->name, plateau_->patience, rate, history_.epochs.back().number));
}

bool Training::is_stuck(bool at_end) const {
  if (output_plateau_.dead_epochs >= most_epochs_of_plateau) return true;
  return at_end && (output_plateau_.dead_epochs > 0 || output_plateau_.constant_epochs >= most_epochs_of_plateau);
}

void Training::fail_stuck() const {
  const auto epoch = static_cast<std::int64_t>(history_.epochs.size());
  fail(static_cast<int>(epoch),
       fmt::format(
           "step {}: expected reconstructions that differ as the inputs do, found the same output for every "
           "input since epoch {}",
           trainer_.steps(), epoch - output_plateau_.constant_epochs + 1));
}

/// Takes the best epoch's checkpoint from the folder, if it belongs to this run.
void Training::remember_best(const Checkpoint& from) {
  if (from.history.epochs.empty()) return;
  const std::string path = best_path(settings_.out);
  const int epoch = best_epoch_of(from.history);
  const std::optional<Checkpoint> best = find_best(path, *settings_.entry);
  const bool same_run =
      best && best->seed == from.seed && best->batch == from.batch && same_losses(best->history, from.history);
  if (same_run && best->epoch == epoch) best_epoch_ = epoch;
  // Killed between the two files: the next epoch is that one once more.
  const bool comes_again = same_run && best->epoch == from.epoch + 1;
  if (best_epoch_ == 0 && !comes_again)
    say(fmt::format("{}: epoch {}, the best so far, was not kept; the best of those to come will be", path,
                    epoch));
}

const report::Epoch& Training::result_epoch() const {
  if (!settings_.keeps_best || best_epoch_ == 0) return history_.epochs.back();
  return history_.epochs[index_of(best_epoch_)];
}

std::vector<NamedTensor> Training::parameters() const {
  if (result_epoch().number == history_.epochs.back().number) return trainer_.read(false);
  return load_checkpoint(best_path(settings_.out), *settings_.entry).tensors;
}

Checkpoint Training::checkpoint(int epoch, std::vector<NamedTensor> tensors) const {
  Checkpoint checkpoint;
  checkpoint.epoch = epoch;
  checkpoint.next = next_;
  checkpoint.steps = trainer_.steps();
  checkpoint.seed = settings_.seed;
  checkpoint.batch = settings_.batch;
  checkpoint.learning_rate = trainer_.learning_rate();
  checkpoint.precision = precision();
  checkpoint.output_plateau = output_plateau_;
  checkpoint.data = settings_.trace;
  checkpoint.history = history_;
  checkpoint.tensors = std::move(tensors);
  return checkpoint;
}

void Training::save(const Checkpoint& checkpoint) {
  is_saved_ = true;
  saved_at_ = Clock::now();
  if (!settings_.writes()) return;
  // First the best one: if the run is killed between the two, the older checkpoint leads to the same epoch again.
  const double loss = history_.epochs.back().validation.front();
  if (settings_.keeps_best &&
      (best_epoch_ == 0 || loss < history_.epochs[index_of(best_epoch_)].validation.front())) {
    save_checkpoint(best_path(settings_.out), *settings_.entry, checkpoint);
    best_epoch_ = checkpoint.epoch;
  }
  save_checkpoint(checkpoint_path(settings_.out), *settings_.entry, checkpoint);
  report::save_history(std::filesystem::path(settings_.out) / "history.csv", history_);
}

std::string Training::kept() const {
  const std::string path = checkpoint_path(settings_.out);
  if (keeps_good_checkpoint_) return fmt::format("the last good checkpoint, {}, is kept", path);
  std::error_code unreadable;
  if (std::filesystem::exists(path, unreadable)) return fmt::format("--resume goes on from {}", path);
  return fmt::format("there is no checkpoint in {} yet", settings_.out);
}

void Training::fail(int epoch, const std::string& what) const {
  throw NumberError(fmt::format("{}: epoch {}: {}; {}", settings_.entry->name, epoch, what, kept()));
}

}  // namespace isthmus::tool
