#include "checkpoint.hpp"

#include <isthmus/dump.hpp>
#include <isthmus/error.hpp>
#include <isthmus/interchange/checkpoint.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <array>
#include <charconv>
#include <limits>
#include <string_view>
#include <utility>

namespace isthmus::tool {
namespace {

std::string place(const std::string& key) { return "metadata, " + key; }

/// Reads one number from the front of `text`, with a blank or line end behind it.
template <class Number>
bool take(std::string_view& text, Number& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end == text.data() + text.size() || (*end != ' ' && *end != '\n')) return false;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()) + 1);
  return true;
}

/// A whole number that fits an int, from `least`.
int count_detail(const interchange::ModelFile& file, const std::string& path, const std::string& key, int least) {
  const std::int64_t number = whole_number_detail(file, path, key);
  if (number >= least && number <= std::numeric_limits<int>::max()) return static_cast<int>(number);
  throw FileError(path, place(key), fmt::format("a number from {}", least), fmt::format("{}", number));
}

/// Files from before there were any say nothing of batches.
PartialEpoch partial_epoch(const interchange::ModelFile& file, const std::string& path, std::size_t terms) {
  PartialEpoch next;
  if (!file.details.contains("batches")) return next;
  next.batches = whole_number_detail(file, path, "batches");
  next.seconds = interchange::number_detail(file, path, "batch_seconds");
  const auto found = file.details.find("batch_sums");
  const std::string text = found == file.details.end() ? "" : found->second + '\n';
  std::string_view rest = text;
  next.sums.resize(terms);
  bool good = next.batches > 0;
  for (double& sum : next.sums) good = good && take(rest, sum) && std::isfinite(sum);
  if (!good || !rest.empty())
    throw FileError(path, place("batch_sums"), fmt::format("{} numbers, of 1 batch or more", terms),
                    "something else");
  return next;
}

std::string history_text(const report::History& history) {
  std::string text;
  for (const report::Epoch& epoch : history.epochs) {
    text += fmt::format("{} {}", epoch.number, epoch.seconds);
    for (std::size_t i = 0; i < history.terms.size(); ++i)
      text += fmt::format(" {} {}", epoch.train[i], epoch.validation[i]);
    text += '\n';
  }
  return text;
}

report::History parse_history(const std::string& text, const std::string& path, int last_epoch,
                              std::vector<std::string> terms) {
  report::History history{std::move(terms), {}};
  const std::size_t count = history.terms.size();
  std::string_view rest = text;
  while (!rest.empty()) {
    report::Epoch epoch{0, 0, std::vector<double>(count), std::vector<double>(count)};
    bool good = take(rest, epoch.number) && take(rest, epoch.seconds);
    for (std::size_t i = 0; i < count && good; ++i)
      good = take(rest, epoch.train[i]) && take(rest, epoch.validation[i]);
    if (!good || epoch.number != static_cast<int>(history.epochs.size()) + 1)
      throw FileError(path, place("history"), fmt::format("epoch {}", history.epochs.size() + 1),
                      "something else");
    history.epochs.push_back(std::move(epoch));
  }
  if (static_cast<int>(history.epochs.size()) != last_epoch)
    throw FileError(path, place("history"), fmt::format("{} epochs", last_epoch),
                    fmt::format("{}", history.epochs.size()));
  return history;
}

}  // namespace

void save_checkpoint(const std::string& path, const ModelEntry& entry, const Checkpoint& checkpoint) {
  interchange::ModelFile file;
  file.graph = entry.name;
  file.role = interchange::ModelRole::checkpoint;
  file.details = {{"epoch", fmt::format("{}", checkpoint.epoch)},
                  {"batch", fmt::format("{}", checkpoint.batch)},
                  {"constant_epochs", fmt::format("{}", checkpoint.output_plateau.constant_epochs)},
                  {"dead_epochs", fmt::format("{}", checkpoint.output_plateau.dead_epochs)},
                  {"data", checkpoint.data.source},
                  {"data_samples", fmt::format("{}", checkpoint.data.samples)},
                  {"data_mean", fmt::format("{}", checkpoint.data.mean)},
                  {"history", history_text(checkpoint.history)}};
  if (checkpoint.next.has_begun()) {
    file.details["batches"] = fmt::format("{}", checkpoint.next.batches);
    file.details["batch_seconds"] = fmt::format("{}", checkpoint.next.seconds);
    file.details["batch_sums"] = fmt::format("{}", fmt::join(checkpoint.next.sums, " "));
  }
  note(file, {checkpoint.steps, static_cast<std::uint64_t>(checkpoint.seed), checkpoint.learning_rate,
              checkpoint.precision});
  file.tensors = select_tensors(entry, file.role, checkpoint.tensors);
  interchange::write_model(path, file);
}

Checkpoint load_checkpoint(const std::string& path, const ModelEntry& entry) {
  constexpr std::array roles{interchange::ModelRole::checkpoint};
  SavedModel saved = load_model(path, roles);
  if (saved.entry != &entry)
    throw FileError(path, place("graph"), fmt::format("'{}'", entry.name), fmt::format("'{}'", saved.file.graph));
  const interchange::ModelFile& file = saved.file;
  Checkpoint checkpoint;
  const std::vector<std::string> terms = loss_terms(entry);
  checkpoint.next = partial_epoch(file, path, terms.size());
  checkpoint.epoch = count_detail(file, path, "epoch", 0);
  const interchange::TrainerNotes notes = interchange::trainer_notes(file, path);
  checkpoint.steps = notes.steps;
  checkpoint.seed = whole_number_detail(file, path, "seed");  // The command line has no larger ones.
  checkpoint.learning_rate = notes.learning_rate;
  checkpoint.precision = notes.precision;
  checkpoint.batch = count_detail(file, path, "batch", 1);
  checkpoint.output_plateau.constant_epochs = whole_number_detail(file, path, "constant_epochs");
  checkpoint.output_plateau.dead_epochs = whole_number_detail(file, path, "dead_epochs");
  checkpoint.data.samples = whole_number_detail(file, path, "data_samples");
  checkpoint.data.mean = interchange::number_detail(file, path, "data_mean");
  const auto text = [&](const char* key) {
    const auto found = file.details.find(key);
    return found == file.details.end() ? std::string() : found->second;
  };
  checkpoint.data.source = text("data");
  checkpoint.history = parse_history(text("history"), path, checkpoint.epoch, terms);
  checkpoint.tensors = std::move(saved.file.tensors);
  return checkpoint;
}

void require_same_run(const std::string& path, const Checkpoint& checkpoint, std::optional<int> batch,
                      std::optional<std::int64_t> seed, std::optional<Precision> precision,
                      const DataTrace& data) {
  if (batch && *batch != checkpoint.batch)
    throw FileError(path, place("batch"), fmt::format("{}, as --batch says", *batch),
                    fmt::format("{}", checkpoint.batch));
  if (seed && *seed != checkpoint.seed)
    throw FileError(path, place("seed"), fmt::format("{}, as --seed says", *seed),
                    fmt::format("{}", checkpoint.seed));
  if (precision && *precision != checkpoint.precision)
    throw FileError(path, place("precision"), fmt::format("{}, as --precision says", name_of(*precision)),
                    std::string(name_of(checkpoint.precision)));
  const auto describe = [](const DataTrace& trace) {
    return fmt::format("{} samples of mean {:.6g} ({})", trace.samples, trace.mean, trace.source);
  };
  if (data.samples != checkpoint.data.samples || data.mean != checkpoint.data.mean)
    throw FileError(path, place("data"), describe(data), describe(checkpoint.data));
}

}  // namespace isthmus::tool
