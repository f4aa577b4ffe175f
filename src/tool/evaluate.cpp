#include "commands.hpp"
#include "losses.hpp"
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

  run::Session evaluation(model.entry->program(Role::evaluate), most_at_a_time);
  evaluation.write(model.tensors, false, options.model);
  InferenceCore reconstruction(model.entry->program(Role::reconstruct), most_at_a_time);
  reconstruction.write(model.tensors, options.model);

  std::vector<float> buffer, output;
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
  const double mse = mean_loss(samples, most_at_a_time, buffer,
                               [&](std::span<const float> batch_values, std::span<const std::uint32_t>) {
                                 return squared_error(reconstruction, batch_values, output);
                               });
  if (options.json) {
    print(boost::json::object{
        {"graph", model.entry->name}, {"samples", samples.count()}, {"loss", loss}, {"mse", mse}});
  } else {
    print(listing({{"graph", model.entry->name},
                   {"samples", grouped(static_cast<long long>(samples.count()))},
                   {"loss", fmt::format("{:.6g}", loss)},
                   {"mse", fmt::format("{:.6g}", mse)}}));
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
