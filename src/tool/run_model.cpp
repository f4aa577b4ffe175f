// `encode`, `decode`, `reconstruct`: one saved model, samples in, an array out.
#include "commands.hpp"
#include "compute.hpp"
#include "models.hpp"
#include "output.hpp"
#include "source.hpp"

#include <isthmus/data/npy.hpp>
#include <isthmus/error.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>

namespace isthmus::tool {
namespace {

using interchange::ModelRole;

struct Options {
  std::string model, in, out;
  Weights weights = Weights::fp32();
  std::vector<std::string> also;  ///< NAME=FILE, of what an encoder gives beside the code
  std::uint64_t held = data::usually_held;
};

/// What the encoder gives beside the code, for all samples, and the file that it goes to.
struct SideOutput {
  std::string name, file;
  std::size_t size;  ///< values of a sample
  std::vector<float> values;
};

/// Values that the program gives of each sample under this name, which it has.
std::size_t size_of_side_output(const InferenceCore& program, const std::string& name) {
  for (const Node& node : program.session().program().plan.graph)
    if (node.op == Op::side_output && name == node.label.layer)
      return static_cast<std::size_t>(node.shape.elements_per_sample());
  return 0;
}

std::vector<SideOutput> wanted_side_outputs(const Options& options, const InferenceCore& program) {
  const std::vector<std::string> known = program.session().side_outputs();
  std::vector<SideOutput> wanted;
  for (const std::string& text : options.also) {
    const std::size_t sign = text.find('=');
    const std::string name = text.substr(0, sign);
    if (sign == std::string::npos || sign + 1 == text.size())
      throw Error(fmt::format("--also: expected NAME=FILE, found '{}'", text));
    if (std::find(known.begin(), known.end(), name) == known.end())
      throw Error(fmt::format("--also: expected {}, found '{}'",
                              known.empty() ? "nothing: this encoder gives the code alone"
                                            : fmt::format("one of {}", fmt::join(known, ", ")),
                              name));
    wanted.push_back({name, text.substr(sign + 1), size_of_side_output(program, name), {}});
  }
  return wanted;
}

void run_part(const Options& options, Role role, std::span<const ModelRole> files, const std::string& part) {
  const SavedModel model = load_model(options.model, files);
  InferenceCore program(model.entry->program(role), most_at_a_time);
  program.write(model.tensors, options.model);
  program.set_weights(options.weights);
  std::vector<SideOutput> beside = wanted_side_outputs(options, program);
  // Bytes are pixels where a model begins. Codes are numbers, of whatever type.
  const auto bytes = role == Role::decode ? data::BytesAre::numbers : data::BytesAre::pixels;
  const data::Samples samples = tool::load_samples(options.in, options.held, bytes);
  require_sample_shape(samples, *model.entry, role, fmt::format("the {} of graph {}", part, model.entry->name));

  std::vector<std::int64_t> shape = output_shape(*model.entry, role);
  shape.insert(shape.begin(), static_cast<std::int64_t>(samples.count()));
  data::write_npy(options.out, shape, [&](const data::AppendFloats& append) {
    compute(program, samples, [&](std::span<const float> outputs) {
      append(outputs);
      for (SideOutput& output : beside) {
        const std::span<const float> values = program.side_output(output.name);
        output.values.insert(output.values.end(), values.begin(), values.end());
      }
    });
  });
  print(fmt::format("{}: {} samples of {} values\n", options.out, samples.count(), program.output_size()));
  for (const SideOutput& output : beside) {
    const std::array extents{static_cast<std::int64_t>(samples.count()), static_cast<std::int64_t>(output.size)};
    data::write_npy(output.file, extents, output.values);
    print(fmt::format("{}: {} samples of {} values\n", output.file, samples.count(), output.size));
  }
}

std::shared_ptr<Options> add_command(CLI::App& app, const char* name, const char* description, const char* model,
                                     const char* in, const char* out, void (*run)(const Options&)) {
  CLI::App* const command = app.add_subcommand(name, description);
  const auto options = std::make_shared<Options>();
  command->add_option("FILE", options->model, model)->required();
  command->add_option("IN", options->in, in)->required();
  command->add_option("OUT", options->out, out)->required();
  add_weights_option(*command, options->weights);
  add_memory_option(*command, options->held);
  command->callback([options, run] { run(*options); });
  return options;
}

constexpr const char* samples_file =
    "samples: IDX, .npy, FILE.npz:NAME or FILE.h5:DATASET; unsigned bytes are pixels, byte / 255";

}  // namespace

void add_encode(CLI::App& app) {
  const auto options = add_command(
      app, "encode", "Turn samples into codes", "encoder.safetensors, or a whole model's file", samples_file,
      "codes, .npy: one row per sample", [](const Options& given) {
        constexpr std::array files{ModelRole::encoder, ModelRole::autoencoder, ModelRole::checkpoint};
        run_part(given, Role::encode, files, "encoder");
      });
  app.get_subcommand("encode")
      ->add_option("--also", options->also,
                   "write what the encoder gives beside the code as well: log_var=FILE.npy of a variational one")
      ->type_name("NAME=FILE");
}

void add_decode(CLI::App& app) {
  add_command(app, "decode", "Turn codes into reconstructions", "decoder.safetensors, or a whole model's file",
              "codes, in any such file: one row of numbers per sample",
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
