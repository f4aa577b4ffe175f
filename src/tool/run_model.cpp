// `encode`, `decode`, `reconstruct`: one saved model, samples in, an array out.
#include "commands.hpp"
#include "compute.hpp"
#include "models.hpp"
#include "output.hpp"

#include <isthmus/data/npy.hpp>
#include <isthmus/data/source.hpp>

#include <fmt/format.h>

#include <array>

namespace isthmus::tool {
namespace {

using interchange::ModelRole;

struct Options {
  std::string model, in, out;
};

void run_part(const Options& options, Role role, std::span<const ModelRole> files, const std::string& part) {
  const SavedModel model = load_model(options.model, files);
  InferenceCore program(model.entry->program(role), most_at_a_time);
  program.write(model.tensors, options.model);
  const data::Samples samples = data::load_samples(options.in);
  require_sample_size(samples, program.input_size(),
                      fmt::format("the {} of graph {}", part, model.entry->name));

  const std::vector<float> out = compute(program, samples);
  std::vector<std::int64_t> shape = output_shape(*model.entry, role);
  shape.insert(shape.begin(), static_cast<std::int64_t>(samples.count()));
  data::write_npy(options.out, shape, out);
  print(fmt::format("{}: {} samples of {} values\n", options.out, samples.count(), program.output_size()));
}

void add_command(CLI::App& app, const char* name, const char* description, const char* model, const char* in,
                 const char* out, void (*run)(const Options&)) {
  CLI::App* const command = app.add_subcommand(name, description);
  const auto options = std::make_shared<Options>();
  command->add_option("FILE", options->model, model)->required();
  command->add_option("IN", options->in, in)->required();
  command->add_option("OUT", options->out, out)->required();
  command->callback([options, run] { run(*options); });
}

constexpr const char* samples_file = "samples: IDX (plain or .gz) or .npy";

}  // namespace

void add_encode(CLI::App& app) {
  add_command(app, "encode", "Turn samples into codes", "encoder.safetensors, or a whole model's file",
              samples_file, "codes, .npy: one row per sample", [](const Options& options) {
                constexpr std::array files{ModelRole::encoder, ModelRole::autoencoder, ModelRole::checkpoint};
                run_part(options, Role::encode, files, "encoder");
              });
}

void add_decode(CLI::App& app) {
  add_command(app, "decode", "Turn codes into reconstructions",
              "decoder.safetensors, or a whole model's file", "codes, .npy: one row per sample",
              "reconstructions, .npy: one row per sample", [](const Options& options) {
                constexpr std::array files{ModelRole::decoder, ModelRole::autoencoder, ModelRole::checkpoint};
                run_part(options, Role::decode, files, "decoder");
              });
}

void add_reconstruct(CLI::App& app) {
  add_command(app, "reconstruct", "Turn samples into reconstructions, through the code",
              "autoencoder.safetensors", samples_file, "reconstructions, .npy: one row per sample",
              [](const Options& options) {
                constexpr std::array files{ModelRole::autoencoder, ModelRole::checkpoint};
                run_part(options, Role::reconstruct, files, "autoencoder");
              });
}

}  // namespace isthmus::tool
