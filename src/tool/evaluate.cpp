#include "commands.hpp"
#include "losses.hpp"
#include "metrics.hpp"
#include "models.hpp"
#include "output.hpp"
#include "source.hpp"
#include "source_report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "text.hpp"

namespace isthmus::tool {
namespace {

/// Samples at a time if the file does not say what its training had.
constexpr int usual_batch = 256;

struct EvaluateOptions {
  std::string model, data;
  Weights weights = Weights::fp32();
  Reading reading;
  bool json = false;
};

void evaluate(const EvaluateOptions& options) {
  constexpr std::array files{interchange::ModelRole::autoencoder, interchange::ModelRole::checkpoint};
  const SavedModel model = load_model(options.model, files);
  const data::Samples samples = load_data_set(options.data, options.reading).validation;
  require_sample_shape(samples, *model.entry, Role::evaluate, fmt::format("graph {}", model.entry->name));

  const std::vector<SourcePart> sources{describe(options.data, "validation", samples)};
  check_sources(*model.entry, sources);
  // Some losses couple the samples of a batch: they are to be what they were in the training's own validation.
  const int batch =
      static_cast<int>(std::min(static_cast<std::size_t>(batch_of(model.file, usual_batch)), samples.count()));
  run::Session evaluation(model.entry->program(Role::evaluate), batch);
  evaluation.write(model.file.tensors, false, options.model);
  evaluation.set_weights(options.weights.kernels());

  std::vector<float> buffer;
  const std::vector<std::string> terms = loss_terms(*model.entry);
  const auto batch_losses = [&](std::span<const float> batch_values, std::span<const std::uint32_t> numbers,
                                std::span<double> values) {
    run::RunArguments arguments;
    // Noise is that of the training's own validation.
    arguments.seed = seed_of(model.file);
    arguments.sample_numbers = numbers.data();
    arguments.samples = static_cast<int>(batch_values.size() / samples.sample_size());
    arguments.input = batch_values.data();
    arguments.step = run::end_of_schedules;
    evaluation.run(arguments);
    for (std::size_t i = 0; i < terms.size(); ++i) values[i] = evaluation.scalar_output(terms[i].c_str());
  };
  const std::vector<double> losses = mean_losses(samples, batch, buffer, terms.size(), batch_losses);
  boost::json::object figures;
  for (std::size_t i = 0; i < terms.size(); ++i) figures[terms[i]] = losses[i];
  // A term of the loss that has a metric's name keeps it: it is what training made small.
  for (const auto& metric : metrics_of(model, options.model, options.weights, samples))
    figures.emplace(metric.key(), metric.value());
  if (options.json) {
    boost::json::object object{{"graph", model.entry->name}, {"samples", samples.count()}};
    object.insert(figures.begin(), figures.end());
    object["sources"] = to_json(sources);
    object["warnings"] = warning_list();
    print(object);
  } else {
    std::vector<std::pair<std::string, std::string>> lines{
        {"graph", model.entry->name}, {"samples", grouped(static_cast<long long>(samples.count()))}};
    for (const auto& line : to_pairs(sources)) lines.push_back(line);
    for (const auto& figure : figures)
      lines.emplace_back(figure.key(), fmt::format("{:.6g}", figure.value().to_number<double>()));
    print(listing(lines));
  }
}

}  // namespace

void add_evaluate(CLI::App& app) {
  const Command command(app, "evaluate",
                        "Compute a saved model's losses and other figures on the validation part of a data set");
  const auto options = std::make_shared<EvaluateOptions>();
  command.add_option("FILE", options->model, "autoencoder.safetensors").required();
  add_data_option(command, options->data);
  add_weights_option(command, options->weights);
  add_reading_options(command, options->reading);
  add_json_flag(command, options->json);
  command.callback([options] { evaluate(*options); });
}

}  // namespace isthmus::tool
