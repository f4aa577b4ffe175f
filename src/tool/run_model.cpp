// `encode`, `decode`, `reconstruct`: one saved model, samples in, an array out.
#include "commands.hpp"
#include "compute.hpp"
#include "files.hpp"
#include "models.hpp"
#include "output.hpp"
#include "source.hpp"

#include <isthmus/data/npy.hpp>
#include <isthmus/error.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>

#include "nearest.hpp"
#include "text.hpp"

namespace isthmus::tool {
namespace {

using interchange::ModelRole;

struct Options {
  std::string model, in, out;
  Weights weights = Weights::fp32();
  std::vector<std::string> also;  ///< NAME=FILE, of what an encoder gives beside the code
  bool allow_nonfinite = false;
  std::uint64_t held = data::usually_held;
};

/// What the encoder gives beside the code, for all samples, and the file that it goes to.
struct SideOutput {
  std::string name, file;
  std::vector<float> values;
};

std::vector<SideOutput> wanted_side_outputs(const Options& options) {
  std::vector<SideOutput> wanted;
  for (const std::string& text : options.also) {
    const std::size_t sign = text.find('=');
    if (sign == std::string::npos || sign == 0 || sign + 1 == text.size())
      throw CLI::ValidationError("--also", fmt::format("expected NAME=FILE, found {}", in_quotes(text)));
    wanted.push_back({text.substr(0, sign), text.substr(sign + 1), {}});
  }
  return wanted;
}

void require_known(const std::vector<SideOutput>& wanted, const InferenceCore& program) {
  const std::vector<std::string> known = program.session().side_outputs();
  for (const SideOutput& output : wanted)
    if (std::find(known.begin(), known.end(), output.name) == known.end())
      throw Error(fmt::format("--also: expected {}, found {}{}",
                              known.empty() ? "nothing: this encoder gives the code alone"
                                            : fmt::format("one of {}", fmt::join(known, ", ")),
                              in_quotes(output.name), nearest_hint(output.name, known)));
}

void check_paths(const Options& options, const std::vector<SideOutput>& beside) {
  std::vector<NamedFile> written{{"OUT", options.out}};
  for (const SideOutput& output : beside) written.push_back({"--also " + output.name, output.file});
  check_files({{"FILE", options.model}, {"IN", options.in}}, written);
}

void run_part(const Options& options, Role role, std::span<const ModelRole> files, const std::string& part) {
  std::vector<SideOutput> beside = wanted_side_outputs(options);
  check_paths(options, beside);
  const SavedModel model = load_model(options.model, files);
  InferenceCore program(model.entry->program(role), most_at_a_time);
  program.write(model.tensors, options.model);
  program.set_weights(options.weights);
  require_known(beside, program);
  const data::Samples samples = load_samples(options.in, options.held);
  require_sample_size(samples, program.input_size(),
                      fmt::format("the {} of graph {}", part, model.entry->name));

  std::vector<std::int64_t> shape = output_shape(*model.entry, role);
  shape.insert(shape.begin(), static_cast<std::int64_t>(samples.count()));
  data::write_npy(options.out, shape, [&](const data::AppendFloats& append) {
    std::size_t first = 0;
    compute(program, samples, [&](std::span<const float> outputs) {
      const std::size_t n = outputs.size() / static_cast<std::size_t>(program.output_size());
      const auto check = [&](const std::string& file, std::span<const float> values) {
        OutputCheck{file, options.allow_nonfinite}(values, values.size() / n, first);
      };
      check(options.out, outputs);
      append(outputs);
      for (SideOutput& output : beside) {
        const std::span<const float> values = program.side_output(output.name);
        check(output.file, values);
        output.values.insert(output.values.end(), values.begin(), values.end());
      }
      first += n;
    });
  });
  print(fmt::format("{}: {} samples of {} values\n", options.out, samples.count(), program.output_size()));
  for (const SideOutput& output : beside) {
    const std::size_t size = output.values.size() / samples.count();
    const std::array extents{static_cast<std::int64_t>(samples.count()), static_cast<std::int64_t>(size)};
    data::write_npy(output.file, extents, output.values);
    print(fmt::format("{}: {} samples of {} values\n", output.file, samples.count(), size));
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
  add_nonfinite_flag(*command, options->allow_nonfinite);
  command->callback([options, run] { run(*options); });
  return options;
}

constexpr const char* samples_file = "samples: IDX (plain or .gz), .npy, or FILE.h5:DATASET";

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
  add_command(app, "decode", "Turn codes into reconstructions",
              "decoder.safetensors, or a whole model's file", "codes, .npy or FILE.h5:DATASET: one row per sample",
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
