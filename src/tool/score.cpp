// `score`: how badly a model reconstructs each sample, as a measure of how strange it is.
#include "anomaly.hpp"
#include "commands.hpp"
#include "compute.hpp"
#include "files.hpp"
#include "models.hpp"
#include "output.hpp"

#include <isthmus/data/npy.hpp>
#include <isthmus/error.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <iterator>
#include <numeric>
#include <utility>

#include "text.hpp"

namespace isthmus::tool {
namespace {

using interchange::ModelRole;

struct ScoreOptions {
  std::string model, in, out, normal, labels;
  std::vector<PortSource> others, others_of_normal;
  double quantile = 0.99;
  Weights weights = Weights::fp32();
  Reading reading;
  bool json = false;
};

/// The samples that a model in use reads, and its target, which no such program reads, in step with them: the data
/// if no source of it is given.
PortData load_with_target(const ScoreOptions& options, const ModelEntry& entry, const std::string& source,
                          std::span<const PortSource> others) {
  const std::string user = fmt::format("graph {}", entry.name);
  const bool has_target = first_port(entry.declared, PortKind::target) >= 0;
  const auto is_target = [&](const PortSource& other) { return has_target && other.port == target_name(entry); };
  const auto target = std::find_if(others.begin(), others.end(), is_target);
  std::vector<PortSource> read;
  std::remove_copy_if(others.begin(), others.end(), std::back_inserter(read), is_target);
  std::vector<PortSamplesOfSet> ports =
      load_inputs(source, read, entry, Role::reconstruct, options.reading, user).ports();
  if (target != others.end()) {
    const data::Samples samples = load_samples(target->source, options.reading, data::BytesAre::pixels);
    require_sample_shape(samples, output_shape(entry, Role::reconstruct), fmt::format("the target of {}", user));
    ports.push_back({target->port, samples});
  } else if (has_target) {
    ports.push_back({std::string(target_name(entry)), ports.front().samples});
  }
  return PortData(std::move(ports));
}

/// The mean over a sample's values of the squared difference between its reconstruction and what that is to be,
/// where that is not missing; 0 if all of it is.
std::vector<float> errors_of(InferenceCore& program, const PortData& data, const data::Samples& targets,
                             const OutputCheck& check) {
  std::vector<float> scores, expected;
  const std::size_t size = targets.sample_size();
  compute(program, data, [&](std::span<const float> outputs) {
    const std::size_t n = outputs.size() / size;
    check(outputs, size, scores.size());
    expected.resize(outputs.size());
    targets.values(scores.size(), n, expected.data());
    for (std::size_t i = 0; i < n; ++i) {
      double squares = 0;
      std::size_t present = 0;
      for (std::size_t at = i * size; at < (i + 1) * size; ++at) {
        const double difference = static_cast<double>(outputs[at]) - static_cast<double>(expected[at]);
        if (std::isnan(expected[at])) continue;
        squares += difference * difference;
        ++present;
      }
      scores.push_back(present == 0 ? 0.0f : static_cast<float>(squares / static_cast<double>(present)));
    }
  });
  return scores;
}

/// The scores of all samples of a source.
std::vector<float> scores_of(const ScoreOptions& options, const SavedModel& model, InferenceCore& program,
                             const std::string& source, std::span<const PortSource> others) {
  const PortData data = load_with_target(options, *model.entry, source, others);
  const data::Samples& targets = target_of(*model.entry, data);
  if (targets.sample_size() != static_cast<std::size_t>(program.output_size()))
    throw Error(fmt::format("graph {}: expected a source of the target, {}=SRC, found none", model.entry->name,
                            target_name(*model.entry)));
  if (data.count() == 0) throw FileError(source, "", "at least one sample", "none");
  const OutputCheck check{options.out, false};
  std::vector<float> scores = errors_of(program, data, targets, check);
  check(scores, 1);
  return scores;
}

std::vector<std::uint8_t> labels_for(const ScoreOptions& options, std::size_t samples) {
  if (options.labels.empty()) return {};
  std::vector<std::uint8_t> labels = load_labels(options.labels);
  if (labels.size() != samples)
    throw FileError(options.labels, "", fmt::format("{} labels, one per sample", samples),
                    fmt::format("{}", labels.size()));
  const auto normal = std::count(labels.begin(), labels.end(), std::uint8_t{0});
  if (normal == 0 || normal == static_cast<std::ptrdiff_t>(samples))
    throw FileError(options.labels, "", "labels that are 0 and labels that are not",
                    normal == 0 ? "none that is 0" : "zeros alone");
  return labels;
}

void score(const ScoreOptions& options) {
  std::vector<NamedFile> read{{"FILE", options.model}, {"IN", options.in}};
  for (const PortSource& other : options.others) read.push_back({"--with " + other.port, other.source});
  if (!options.normal.empty()) read.push_back({"--normal", options.normal});
  if (!options.labels.empty()) read.push_back({"--labels", options.labels});
  check_files(read, {{"OUT", options.out}});
  constexpr std::array files{ModelRole::autoencoder, ModelRole::checkpoint};
  const SavedModel model = load_model(options.model, files);
  InferenceCore program(model.entry->program(Role::reconstruct), most_at_a_time);
  program.write(model.file.tensors, options.model);
  program.set_weights(options.weights);

  const std::vector<float> scores = scores_of(options, model, program, options.in, options.others);
  const std::vector<std::uint8_t> labels = labels_for(options, scores.size());
  boost::json::object figures;
  figures["mean"] = std::accumulate(scores.begin(), scores.end(), 0.0) / static_cast<double>(scores.size());
  figures["median"] = quantile(scores, 0.5);
  figures["highest"] = quantile(scores, 1);
  if (!labels.empty()) {
    figures["roc_area"] = roc_area(scores, labels);
    figures["precision_recall_area"] = precision_recall_area(scores, labels);
  }
  if (!options.normal.empty()) {
    const std::vector<float> normal = scores_of(options, model, program, options.normal, options.others_of_normal);
    const double threshold = quantile(normal, options.quantile);
    const Detections found = detections(scores, labels, threshold);
    figures["threshold"] = threshold;
    figures["above"] = found.above;
    if (!labels.empty() && found.above > 0) figures["precision"] = found.precision();
    if (!labels.empty()) figures["recall"] = found.recall();
  }
  const std::array shape{static_cast<std::int64_t>(scores.size())};
  data::write_npy(options.out, shape, scores);
  if (options.json) {
    boost::json::object object{{"graph", model.entry->name}, {"samples", scores.size()}};
    object.insert(figures.begin(), figures.end());
    print(object);
  } else {
    std::vector<std::pair<std::string, std::string>> lines{
        {"graph", model.entry->name}, {"samples", grouped(static_cast<long long>(scores.size()))}};
    for (const auto& figure : figures) {
      const bool is_count = figure.value().is_int64() || figure.value().is_uint64();
      lines.emplace_back(figure.key(), is_count ? fmt::format("{}", figure.value().to_number<std::int64_t>())
                                                : fmt::format("{:.6g}", figure.value().to_number<double>()));
    }
    lines.emplace_back("scores", options.out);
    print(listing(lines));
  }
}

}  // namespace

void add_score(CLI::App& app) {
  const Command command(app, "score",
                        "Compute for each sample how badly a model reconstructs it: an anomaly score");
  const auto options = std::make_shared<ScoreOptions>();
  command.add_option("FILE", options->model, "autoencoder.safetensors").required();
  command.add_option("IN", options->in, "samples: IDX, .npy, FILE.npz:NAME or FILE:DATASET of HDF5 or NetCDF")
      .required();
  command.add_option("OUT", options->out, "scores, .npy: the mean squared error of each sample").required();
  add_with_option(command, options->others);
  command
      .add_option(
          "--normal", options->normal,
          "samples without anomalies, such as the validation's: the quantile of their scores is the threshold")
      .type_name("FILE");
  command
      .add_option(
          "--normal-with",
          [options](const std::vector<std::string>& texts) {
            for (const std::string& text : texts)
              options->others_of_normal.push_back(port_source("--normal-with", text));
          },
          "as --with, for the samples of --normal")
      .one_value_each()
      .type_name("PORT=SRC");
  add_number(command, "--quantile", options->quantile, Bounds<double>{0, 1}, "of the scores of --normal")
      .default_str(fmt::format("{}", options->quantile));
  command
      .add_option(
          "--labels", options->labels,
          "one integer per sample of IN, 0 where it is normal: adds the areas under the ROC curve and under "
          "precision over recall")
      .type_name("FILE");
  add_weights_option(command, options->weights);
  add_reading_options(command, options->reading);
  add_json_flag(command, options->json);
  command.callback([options] { score(*options); });
}

}  // namespace isthmus::tool
