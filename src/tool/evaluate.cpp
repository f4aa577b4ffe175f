#include "commands.hpp"
#include "log_likelihood.hpp"
#include "losses.hpp"
#include "metrics.hpp"
#include "models.hpp"
#include "numbers.hpp"
#include "output.hpp"
#include "port_data.hpp"
#include "source_report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <limits>
#include <optional>

#include "text.hpp"

namespace isthmus::tool {
namespace {

/// Samples at a time if the file does not say what its training had.
constexpr int usual_batch = 256;

struct EvaluateOptions {
  std::string model, data;
  std::vector<PortSource> others;
  Weights weights = Weights::fp32();
  Reading reading;
  std::optional<int> importance_samples;
  std::optional<std::size_t> first;
  bool json = false;
};

void evaluate(const EvaluateOptions& options) {
  constexpr std::array files{interchange::ModelRole::autoencoder, interchange::ModelRole::checkpoint};
  const SavedModel model = load_model(options.model, files);
  const std::string user = fmt::format("graph {}", model.entry->name);
  if (options.importance_samples) require_log_likelihood(*model.entry);
  PortData data =
      load_port_data_set(options.data, options.others, *model.entry, Role::evaluate, options.reading, user)
          .validation;
  if (options.first) data = data.slice(0, std::min(*options.first, data.count()));

  const std::vector<SourcePart> sources = describe(data, options.data, "validation");
  check_sources(*model.entry, sources);
  // Some losses couple the samples of a batch: they are to be what they were in the training's own validation.
  const int batch =
      static_cast<int>(std::min(static_cast<std::size_t>(batch_of(model.file, usual_batch)), data.count()));
  run::Session evaluation(model.entry->program(Role::evaluate), batch);
  evaluation.write(model.file.tensors, false, options.model);
  evaluation.set_weights(options.weights.kernels());

  PortReader reader(evaluation.inputs(), data);
  run::GivenInputs inputs(evaluation);
  const std::vector<std::string> terms = loss_terms(*model.entry);
  const auto batch_losses = [&](std::span<const PortValues> batch_values, std::span<const std::uint32_t> numbers,
                                std::span<double> values) {
    inputs.take(batch_values);
    evaluation.run(evaluation_arguments(model.file, inputs, numbers));
    for (std::size_t i = 0; i < terms.size(); ++i) values[i] = evaluation.scalar_output(terms[i].c_str());
  };
  const std::vector<double> losses = mean_losses(reader, data.count(), batch, terms.size(), batch_losses);
  boost::json::object figures;
  for (std::size_t i = 0; i < terms.size(); ++i) figures[terms[i]] = losses[i];
  // A term of the loss that has a metric's name keeps it: it is what training made small.
  for (const auto& metric : metrics_of(model, options.model, options.weights, data))
    figures.emplace(metric.key(), metric.value());
  if (options.importance_samples) {
    figures["log_likelihood"] =
        log_likelihood(model, options.model, options.weights, data, *options.importance_samples);
    figures["importance_samples"] = *options.importance_samples;
  }
  if (options.json) {
    boost::json::object object{{"graph", model.entry->name}, {"samples", data.count()}};
    object.insert(figures.begin(), figures.end());
    object["sources"] = to_json(sources);
    object["warnings"] = warning_list();
    print(object);
  } else {
    std::vector<std::pair<std::string, std::string>> lines{
        {"graph", model.entry->name}, {"samples", grouped(static_cast<long long>(data.count()))}};
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
  add_with_option(command, options->others);
  add_number(command, "--importance-samples", options->importance_samples,
             Bounds<int>{1, std::numeric_limits<int>::max()},
             "of a variational model: also the lower bound on log p(x) in nats, of so many codes drawn for each "
             "sample")
      .type_name("K");
  add_number(command, "--first", options->first, Bounds<std::size_t>{1, std::numeric_limits<std::int64_t>::max()},
             "only the first N samples")
      .type_name("N");
  add_weights_option(command, options->weights);
  add_reading_options(command, options->reading);
  add_json_flag(command, options->json);
  command.callback([options] { evaluate(*options); });
}

}  // namespace isthmus::tool
