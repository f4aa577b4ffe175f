#include "commands.hpp"
#include "losses.hpp"
#include "metrics.hpp"
#include "models.hpp"
#include "output.hpp"

#include <isthmus/data/source.hpp>

#include <fmt/format.h>

#include <array>

#include "text.hpp"

namespace isthmus::tool {
namespace {

constexpr int most_at_a_time = 256;

struct Options {
  std::string model, data;
  bool json = false;
};

void evaluate(const Options& options) {
  constexpr std::array files{interchange::ModelRole::autoencoder, interchange::ModelRole::checkpoint};
  const SavedModel model = load_model(options.model, files);
  const data::Samples samples = data::load_data_set(options.data).validation;
  require_sample_size(samples, input_size(*model.entry), fmt::format("graph {}", model.entry->name));

  run::Session evaluation(model.entry->program(Role::evaluate), most_at_a_time);
  evaluation.write(model.tensors, false, options.model);

  std::vector<float> buffer;
  const auto batch_loss = [&](std::span<const float> batch_values, std::span<const std::uint32_t> numbers) {
    run::RunArguments arguments;
    // Noise is that of the training's own validation.
    arguments.seed = seed_of(model.file);
    arguments.names = numbers.data();
    arguments.samples = static_cast<int>(batch_values.size() / samples.sample_size());
    arguments.input = batch_values.data();
    evaluation.run(arguments);
    return evaluation.scalar_output("loss");
  };
  const double loss = mean_loss(samples, most_at_a_time, buffer, batch_loss);
  const boost::json::object metrics = metrics_of(model, options.model, samples);
  if (options.json) {
    boost::json::object object{{"graph", model.entry->name}, {"samples", samples.count()}, {"loss", loss}};
    object.insert(metrics.begin(), metrics.end());
    print(object);
  } else {
    std::vector<std::pair<std::string, std::string>> lines{
        {"graph", model.entry->name},
        {"samples", grouped(static_cast<long long>(samples.count()))},
        {"loss", fmt::format("{:.6g}", loss)}};
    for (const auto& metric : metrics)
      lines.emplace_back(metric.key(), fmt::format("{:.6g}", metric.value().to_number<double>()));
    print(listing(lines));
  }
}

}  // namespace

void add_evaluate(CLI::App& app) {
  CLI::App* const command = app.add_subcommand(
      "evaluate", "Compute a saved model's losses and other figures on the validation part of a data set");
  const auto options = std::make_shared<Options>();
  command->add_option("FILE", options->model, "autoencoder.safetensors")->required();
  add_data_option(*command, options->data);
  add_json_flag(*command, options->json);
  command->callback([options] { evaluate(*options); });
}

}  // namespace isthmus::tool
