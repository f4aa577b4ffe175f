#include "artifacts.hpp"
#include "commands.hpp"
#include "data_check.hpp"
#include "files.hpp"
#include "output.hpp"
#include "ranks.hpp"
#include "signals.hpp"
#include "threads.hpp"
#include "train_sources.hpp"
#include "training.hpp"

#include <isthmus/data/atomic_file.hpp>
#include <isthmus/dump.hpp>
#include <isthmus/error.hpp>
#include <isthmus/interchange/model_file.hpp>

#include <boost/json/array.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <limits>
#include <utility>

#include "text.hpp"

namespace isthmus::tool {
namespace {

struct TrainOptions {
  std::string graph, out;
  TrainSources sources;
  Reading reading;
  int epochs = 10;
  int batch = 1024;
  std::int64_t seed = 1;
  std::optional<double> learning_rate;
  std::optional<Precision> precision;
  int threads = 0;
  Placement placement;
  std::string schedule = "dataflow";
  int patience = 0;
  int plateau = 0;
  double plateau_factor = 0.1;
  std::optional<double> until;
  bool best = false;
  double timeout = 300;
  double checkpoint_every = 60;
  std::string initial;
  std::vector<std::string> layers;
  bool resume = false, json = false, trace = false;
  bool batch_is_given = false, seed_is_given = false;
};

/// Rates are floats in the kernels: a smaller one would be zero there, a larger one infinite.
constexpr Bounds<double> rate_bounds{static_cast<double>(std::numeric_limits<float>::min()),
                                     static_cast<double>(std::numeric_limits<float>::max())};
constexpr Bounds<double> factor_bounds{1e-6, 1.0};
constexpr Bounds<double> loss_bounds{std::numeric_limits<double>::lowest(), std::numeric_limits<double>::max()};

/// The checkpoint to go on from, if there is one; then what the command line left open is as it was.
std::optional<Checkpoint> find_checkpoint(const TrainOptions& options, TrainSettings& settings) {
  const std::string path = checkpoint_path(settings.out);
  if (!options.resume) return std::nullopt;
  std::error_code unreadable;
  if (!std::filesystem::exists(path, unreadable)) {
    say(fmt::format("{}: no checkpoint to resume from; training starts anew", settings.out));
    return std::nullopt;
  }
  Checkpoint checkpoint = load_checkpoint(path, *settings.entry);
  require_same_run(path, checkpoint, options.batch_is_given ? std::optional(options.batch) : std::nullopt,
                   options.seed_is_given ? std::optional(options.seed) : std::nullopt, options.precision,
                   settings.trace);
  if (checkpoint.next.has_begun() && checkpoint.epoch >= settings.epochs)
    throw Error(fmt::format("--epochs: expected {} or more, since {} is within that epoch, found {}",
                            checkpoint.epoch + 1, path, settings.epochs));
  settings.batch = checkpoint.batch;
  settings.seed = checkpoint.seed;
  settings.precision = checkpoint.precision;
  if (checkpoint.next.has_begun())
    say(fmt::format("{}: goes on in epoch {}, after {} batches", path, checkpoint.epoch + 1,
                    checkpoint.next.batches));
  else if (checkpoint.epoch == 0) say(fmt::format("{}: goes on before the first step", path));
  else
    say(checkpoint.epoch < settings.epochs
            ? fmt::format("{}: goes on after epoch {}", path, checkpoint.epoch)
            : fmt::format("{}: has {} epochs already, nothing is left to train", path, checkpoint.epoch));
  return checkpoint;
}

/// The weights to begin with, unless the run goes on from a checkpoint, which has its own.
std::optional<InitialWeights> find_initial(const TrainOptions& options, bool resumes) {
  if (options.initial.empty() || resumes) return std::nullopt;
  return InitialWeights{options.initial, interchange::read_model(options.initial).tensors, options.layers};
}

/// A number that differs for other weights, in all likelihood.
double sum_of(const std::optional<InitialWeights>& initial) {
  double sum = 0;
  if (!initial) return sum;
  for (const NamedTensor& tensor : initial->tensors)
    for (const float value : tensor.values) sum += static_cast<double>(value);
  return sum;
}

/// Says what was taken from where.
void announce(const TakenWeights& weights, const std::string& path) {
  say(fmt::format("{}: took {}", path, fmt::join(weights.taken, ", ")));
  if (!weights.left.empty()) say(fmt::format("{}: did not take {}", path, fmt::join(weights.left, ", ")));
}

Pairs settings_of(const TrainSettings& settings, const PortDataSet& data, const Training& training) {
  Pairs pairs{{"graph", settings.entry->name}};
  if (settings.communicator != nullptr)
    pairs.emplace_back("ranks", fmt::format("{}", settings.communicator->size()));
  const Pairs rest{{"data", settings.trace.source},
                   {"training samples", grouped(static_cast<long long>(data.train.count()))},
                   {"validation samples", grouped(static_cast<long long>(data.validation.count()))},
                   {"epochs", fmt::format("{}", training.history().epochs.size())},
                   {"batch", fmt::format("{}", settings.batch)},
                   // A rate that was declared as a float has no more digits than this.
                   {"learning rate", fmt::format("{:.7g}", training.learning_rate())},
                   {"seed", fmt::format("{}", settings.seed)},
                   {"threads", fmt::format("{}", settings.threads)},
                   {"SIMD target", training.target()},
                   {"precision", std::string(name_of(training.precision()))}};
  pairs.insert(pairs.end(), rest.begin(), rest.end());
  return pairs;
}

Pairs figures_of(const std::vector<std::string>& terms, const report::Epoch& last, const TrainResult& result,
                 double rate, const std::string& sum) {
  Pairs figures{{"epoch", fmt::format("{}", last.number)}};
  for (std::size_t i = 0; i < terms.size(); ++i) {
    const std::string name = i == 0 ? "loss" : terms[i];
    figures.emplace_back("training " + name, fmt::format("{:.6g}", last.train[i]));
    figures.emplace_back("validation " + name, fmt::format("{:.6g}", last.validation[i]));
  }
  const Pairs rest{
      {"time", fmt::format("{:.2f} s, of these {:.2f} s in training steps", result.seconds, result.train_seconds)},
      {"training speed", fmt::format("{} samples/s", grouped(std::llround(rate)))},
      {"weights SHA-256", sum}};
  figures.insert(figures.end(), rest.begin(), rest.end());
  if (result.messages.steps > 0)
    figures.emplace_back("messages", fmt::format("{:.3f} ms per step, {:.1f} % of it while computing",
                                                 1e3 * result.messages.seconds / result.messages.steps,
                                                 100 * result.messages.fraction()));
  return figures;
}

void finish(const TrainOptions& options, const TrainSettings& settings, const PortDataSet& data,
            const std::vector<SourcePart>& sources, const Training& training, const TrainResult& result) {
  const report::History& history = training.history();
  const report::Epoch& last = training.result_epoch();
  const std::vector<NamedTensor> parameters = training.parameters();
  const std::string sum = weights_sha256(*settings.entry, parameters);
  const double rate = result.samples > 0 ? static_cast<double>(result.samples) / result.train_seconds : 0;
  save_models(settings, parameters, last.number);
  report::save_history(std::filesystem::path(settings.out) / "history.csv", history);
  const Pairs run_settings = settings_of(settings, data, training);
  const Pairs figures = figures_of(history.terms, last, result, rate, sum);
  save_pictures(settings, data.validation, parameters, history, run_settings, figures);
  if (options.json) {
    boost::json::object object{{"graph", settings.entry->name},
                               {"epochs", history.epochs.back().number},
                               {"epoch", last.number},
                               {"seconds", result.seconds},
                               {"train_loss", last.train.front()},
                               {"validation_loss", last.validation.front()},
                               {"weights_sha256", sum},
                               {"seed", settings.seed},
                               {"batch", settings.batch},
                               {"threads", settings.threads},
                               {"target", training.target()},
                               {"precision", name_of(training.precision())},
                               {"samples_per_second", rate},
                               {"train_seconds", result.train_seconds},
                               {"sources", to_json(sources)},
                               {"warnings", warning_list()}};
    for (std::size_t i = 1; i < history.terms.size(); ++i) {
      object["train_" + history.terms[i]] = last.train[i];
      object["validation_" + history.terms[i]] = last.validation[i];
    }
    if (settings.until) object["reached"] = training.has_reached();
    if (const TakenWeights& initial = training.initial_weights(); !initial.taken.empty())
      object["initial"] =
          boost::json::object{{"taken", boost::json::array(initial.taken.begin(), initial.taken.end())},
                              {"left", boost::json::array(initial.left.begin(), initial.left.end())}};
    if (settings.communicator != nullptr) object["ranks"] = settings.communicator->size();
    if (result.messages.steps > 0) {
      object["communication_ms"] = 1e3 * result.messages.seconds / result.messages.steps;
      object["communication_overlapped"] = result.messages.fraction();
    }
    print(object);
  } else {
    Pairs all = run_settings;
    all.insert(all.end(), figures.begin(), figures.end());
    all.emplace_back("results in", fmt::format("{} (report.html shows them all)", settings.out));
    print(listing(all));
  }
}

/// Checks that all ranks start with equal settings; before that a rank may have failed alone.
void require_same_start(run::Communicator& communicator, const TrainSettings& settings, const Checkpoint* from) {
  const run::Alike things[] = {
      {"number of training samples", static_cast<double>(settings.trace.samples)},
      {"mean of the training data", settings.trace.mean},
      {"batch", static_cast<double>(settings.batch)},
      {"number of epochs", static_cast<double>(settings.epochs)},
      {"checkpoint", from == nullptr ? -1.0 : static_cast<double>(from->steps)},
      {"learning rate", settings.learning_rate.value_or(0)},
      {"initial weights", sum_of(settings.initial)},
      {"patience", static_cast<double>(settings.patience)},
      {"plateau", settings.plateau ? static_cast<double>(settings.plateau->patience) : 0.0},
      {"factor of the plateau", settings.plateau ? settings.plateau->factor : 1.0},
      {"loss to reach", settings.until.value_or(std::numeric_limits<double>::lowest())}};
  require_alike(communicator, things);
}

/// Prints and checks the settings before the first step, when mistakes can still be corrected.
void announce(const TrainOptions& options, const TrainSettings& settings, const std::vector<SourcePart>& sources,
              const PortData& data) {
  if (!options.json) {
    print(listing(to_pairs(sources)));
    flush_output();
  }
  check_sources(*settings.entry, sources);
  const auto batch = static_cast<std::size_t>(settings.batch);
  for (const std::string& warning : batch_warnings(settings.entry->declared, batch, sources.front().samples))
    warn(warning);
  for (const std::string& warning : condition_warnings(settings.entry->declared, data)) warn(warning);
}

/// Everything that a run may leave in its folder.
std::vector<NamedFile> files_of_run(const std::string& folder) {
  std::vector<NamedFile> files;
  for (const char* name :
       {"checkpoint.safetensors", "best.safetensors", "autoencoder.safetensors", "encoder.safetensors",
        "decoder.safetensors", "history.csv", "trace.json", "report.html", "loss.png", "reconstructions.png",
        "interpolation.png", "latent.png", "samples.png", "manifold.png"}) {
    const std::filesystem::path path = std::filesystem::path(folder) / name;
    std::error_code unreadable;
    if (std::filesystem::is_symlink(path, unreadable) || std::filesystem::exists(path, unreadable))
      files.push_back({name, path.string()});
  }
  return files;
}

void train(const TrainOptions& options, Ranks* ranks) {
  TrainSettings settings;
  settings.entry = find_model(options.graph);
  settings.out = options.out.empty() ? "out/" + options.graph : options.out;
  settings.epochs = options.epochs;
  settings.batch = options.batch;
  settings.seed = options.seed;
  settings.threads = ranks != nullptr && options.threads == 0 ? threads_of_process(ranks->on_this_machine())
                                                              : threads_or_all(options.threads);
  settings.communicator = ranks == nullptr ? nullptr : &ranks->communicator();
  settings.learning_rate = options.learning_rate;
  settings.precision = options.precision;
  settings.patience = options.patience;
  if (options.plateau > 0) settings.plateau = {.patience = options.plateau, .factor = options.plateau_factor};
  settings.until = options.until;
  settings.keeps_best = options.best || options.patience > 0;
  settings.schedule = options.schedule;
  settings.trace_tasks = options.trace;
  settings.checkpoint_seconds = options.checkpoint_every;
  std::vector<NamedFile> read = options.sources.files();
  if (!options.initial.empty()) read.push_back({"--initial", options.initial});
  if (settings.writes()) check_files(read, files_of_run(settings.out));
  const PortDataSet data = options.sources.load(*settings.entry, options.reading);
  const std::vector<SourcePart> sources = options.sources.describe(data);
  const auto target = std::find_if(sources.begin(), sources.end(), [&](const SourcePart& part) {
    return part.port == target_name(*settings.entry);
  });
  settings.trace = {options.sources.data.text(), static_cast<std::int64_t>(data.train.count()),
                    target->values.mean};
  const std::optional<Checkpoint> from = find_checkpoint(options, settings);
  settings.initial = find_initial(options, from.has_value());
  if (settings.writes()) data::require_writable_folder(settings.out);
  if (ranks != nullptr) require_same_start(ranks->communicator(), settings, from ? &*from : nullptr);
  const auto work = [&] {
    Training training(settings, data, from ? &*from : nullptr);
    if (const std::vector<std::string> untrained = training.untrained(); settings.writes() && !untrained.empty())
      warn(fmt::format("{} are not trained: they are frozen, or the loss does not reach them",
                       fmt::join(untrained, ", ")));
    if (settings.writes() && settings.initial) announce(training.initial_weights(), settings.initial->path);
    if (settings.writes()) announce(options, settings, sources, data.train);
    const TrainResult result = training.run();
    if (!settings.writes()) return;
    finish(options, settings, data, sources, training, result);
    if (options.trace && result.samples > 0)
      data::write_atomically(std::filesystem::path(settings.out) / "trace.json", training.task_trace());
  };
  run_with_threads(settings.threads, work, options.placement);
  flush_output();
  // A signal that came after the last step: training is finished and all files are written.
  if (stop_signal() != 0) throw Interrupted{stop_signal()};
}

/// On several ranks a failure of one is the end of all.
void train_on_ranks(const TrainOptions& options) {
  if (ranks_of_environment() == 1) return train(options, nullptr);
  Ranks ranks(options.timeout);
  try {
    train(options, &ranks);
  } catch (Interrupted& interrupted) {
    // Before MPI ends: as soon as one rank is gone with an exit code, mpirun may end the others.
    if (!interrupted.last_words.empty()) say(std::exchange(interrupted.last_words, {}));
    throw;
  } catch (const std::exception& error) {
    ranks.fail(error.what());
  }
}

}  // namespace

void add_train(CLI::App& app) {
  const Command command(app, "train", "Train a model, and write it, its halves and its pictures");
  const auto options = std::make_shared<TrainOptions>();
  add_graph_argument(command, options->graph);
  const auto data = std::make_shared<std::vector<std::string>>();
  const auto validation = std::make_shared<std::vector<std::string>>();
  add_data_options(command, *data);
  command
      .add_option(
          "--validation", *validation,
          "a file of its own for the validation, all of SRC being for training; as PORT=SRC for other inputs")
      .one_value_each()
      .type_name("[PORT=]SRC");
  add_reading_options(command, options->reading);
  add_number(command, "--epochs", options->epochs, Bounds<int>{1, 1'000'000},
             "passes over the training data, in all")
      .default_str(fmt::format("{}", options->epochs));
  const Option batch_option = add_batch_option(command, options->batch, "samples in each step");
  add_number(command, "--learning-rate", options->learning_rate, rate_bounds,
             "step size (default: as the model declares)");
  add_precision_option(command, options->precision);
  const Option seed = add_seed_option(command, options->seed, "of the initial weights and the shuffling");
  add_number(command, "--patience", options->patience, Bounds<int>{0, 1'000'000},
             "stop after so many epochs without a lower validation loss; implies --best (0: never)")
      .default_str(fmt::format("{}", options->patience));
  add_number(command, "--plateau", options->plateau, Bounds<int>{0, 1'000'000},
             "lower the learning rate after so many epochs without a lower validation loss (0: never)")
      .default_str(fmt::format("{}", options->plateau));
  add_number(command, "--plateau-factor", options->plateau_factor, factor_bounds,
             "what the learning rate is multiplied with there")
      .default_str(fmt::format("{}", options->plateau_factor));
  add_number(command, "--until", options->until, loss_bounds,
             "stop as soon as the validation loss after an epoch is at most this; --epochs still ends it")
      .type_name("LOSS");
  command.add_flag(
      "--best", options->best,
      "keep the epoch with the lowest validation loss (best.safetensors); the models are of that epoch");
  add_threads_option(command, options->threads);
  add_placement_options(command, options->placement);
  command.add_option("--out", options->out, "folder for the results (default: out/GRAPH)").type_name("DIR");
  command
      .add_option(
          "--initial", options->initial,
          "a saved model, of this graph or another one: parameters of the same name begin as they are there")
      .type_name("FILE");
  command.add_option("--layers", options->layers, "the only layers that --initial gives weights to: enc1,enc2")
      .delimiter(',')
      .type_name("LAYERS");
  command.add_flag("--resume", options->resume, "go on from the folder's checkpoint, if there is one");
  const auto is_time = [](const std::string& text) {
    if (parse_seconds(text)) return std::string();
    return fmt::format("expected a time, such as 60s, 5min, 1h or 0, found {}", in_quotes(text));
  };
  command
      .add_option(
          "--checkpoint-every",
          [options](const std::string& text) { options->checkpoint_every = parse_seconds(text).value(); },
          "save a checkpoint within an epoch as well, so often: 60s, 5min, 1h (0: after epochs alone)")
      .type_name("TIME")
      .check(is_time)
      .default_str("60s");
  add_schedule_option(command, options->schedule, "how a step's tasks are ordered; the results are the same bits")
      .capture_default_str();
  add_number(command, "--timeout", options->timeout, Bounds<double>{0.1, 1e6},
             "under mpirun: seconds after which a silent rank counts as dead")
      .default_str(fmt::format("{}", options->timeout));
  command.add_flag("--trace", options->trace,
                   "write the last step's tasks to DIR/trace.json, for Perfetto or Chrome's trace viewer");
  add_json_flag(command, options->json);
  command.callback([options, data, validation, batch_option, seed] {
    options->sources.data = SourceList::of("--data", *data);
    if (!validation->empty()) options->sources.validation = SourceList::of("--validation", *validation);
    options->batch_is_given = batch_option.count() > 0;
    options->seed_is_given = seed.count() > 0;
    if (!options->layers.empty() && options->initial.empty())
      refuse("--layers", "expected --initial FILE beside it, found none");
    if (ranks_of_environment() > 1 && options->schedule != "dataflow" && options->schedule != "sequential")
      refuse("--schedule", "on several ranks: expected dataflow or sequential, found " + options->schedule);
    train_on_ranks(*options);
  });
}

}  // namespace isthmus::tool
