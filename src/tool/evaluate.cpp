#include "commands.hpp"
#include "losses.hpp"
#include "models.hpp"
#include "output.hpp"

#include <isthmus/data/source.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "text.hpp"

namespace isthmus::tool {
namespace {

/// Samples at a time if the file does not say what its training had.
constexpr int usual_batch = 256;

struct Options {
  std::string model, data;
  bool json = false;
};

double squared_error(InferenceCore& program, std::span<const float> samples, std::vector<float>& output) {
  output.resize(samples.size());
  program.run(samples, output);
  double sum = 0;
  for (std::size_t i = 0; i < samples.size(); ++i) {
    const double difference = static_cast<double>(output[i]) - static_cast<double>(samples[i]);
    sum += difference * difference;
  }
  return sum / static_cast<double>(samples.size());
}

void evaluate(const Options& options) {
  constexpr std::array files{interchange::ModelRole::autoencoder, interchange::ModelRole::checkpoint};
  const SavedModel model = load_model(options.model, files);
  const data::Samples samples = data::load_data_set(options.data).validation;
  require_sample_size(samples, input_size(*model.entry), fmt::format("graph {}", model.entry->name));

  // Some losses couple the samples of a batch: they are to be what they were in the training's own validation.
  const int batch = batch_of(model.file, usual_batch, most_samples);
  run::Session evaluation(model.entry->program(Role::evaluate), batch);
  evaluation.write(model.tensors, false, options.model);
  InferenceCore reconstruction(model.entry->program(Role::reconstruct), batch);
  reconstruction.write(model.tensors, options.model);

  std::vector<float> buffer, output;
  const std::vector<std::string> terms = loss_terms(*model.entry);
  const auto batch_losses = [&](std::span<const float> batch_values, std::span<const std::uint32_t> numbers,
                                std::span<double> values) {
    run::RunArguments arguments;
    // Noise is that of the training's own validation.
    arguments.seed = seed_of(model.file);
    arguments.names = numbers.data();
    arguments.samples = static_cast<int>(batch_values.size() / samples.sample_size());
    arguments.input = batch_values.data();
    arguments.step = run::end_of_schedules;
    evaluation.run(arguments);
    for (std::size_t i = 0; i < terms.size(); ++i) values[i] = evaluation.scalar_output(terms[i].c_str());
  };
  const std::vector<double> losses = mean_losses(samples, batch, buffer, terms.size(), batch_losses);
  const double mse = mean_losses(samples, batch, buffer, 1,
                                 [&](std::span<const float> batch_values, std::span<const std::uint32_t>,
                                     std::span<double> values) {
                                   values[0] = squared_error(reconstruction, batch_values, output);
                                 })
                         .front();
  std::vector<std::pair<std::string, double>> figures;
  for (std::size_t i = 0; i < terms.size(); ++i) figures.emplace_back(terms[i], losses[i]);
  // A model whose loss has a term of this name minimises it with its noise; the figure of use is without.
  if (std::find(terms.begin(), terms.end(), "mse") == terms.end()) figures.emplace_back("mse", mse);
  if (options.json) {
    boost::json::object object{{"graph", model.entry->name}, {"samples", samples.count()}};
    for (const auto& [name, value] : figures) object[name] = value;
    print(object);
  } else {
    std::vector<std::pair<std::string, std::string>> lines{
        {"graph", model.entry->name}, {"samples", grouped(static_cast<long long>(samples.count()))}};
    for (const auto& [name, value] : figures) lines.emplace_back(name, fmt::format("{:.6g}", value));
    print(listing(lines));
  }
}

}  // namespace

void add_evaluate(CLI::App& app) {
  CLI::App* const command =
      app.add_subcommand("evaluate", "Compute a saved model's losses on the validation part of a data set");
  const auto options = std::make_shared<Options>();
  command->add_option("FILE", options->model, "autoencoder.safetensors")->required();
  add_data_option(*command, options->data);
  add_json_flag(*command, options->json);
  command->callback([options] { evaluate(*options); });
}

}  // namespace isthmus::tool
