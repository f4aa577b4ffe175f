// `encode`, `decode`, `reconstruct`: one saved model, samples in, an array out.
#include "commands.hpp"
#include "compute.hpp"
#include "files.hpp"
#include "models.hpp"
#include "output.hpp"
#include "port_data.hpp"

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

struct RunOptions {
  std::string model, in, out;
  std::vector<PortSource> others;
  Weights weights = Weights::fp32();
  std::vector<std::string> also;  ///< NAME=FILE, of what the model gives beside its output
  Reading reading;
  bool allow_nonfinite = false;
};

/// An output beside the first one, for all samples, and the file for it.
struct SideOutput {
  std::string name, file;
  std::size_t size = 0;  ///< values of a sample
  std::vector<float> values;
};

std::vector<SideOutput> wanted_side_outputs(const RunOptions& options) {
  std::vector<SideOutput> wanted;
  for (const std::string& text : options.also) {
    const std::size_t sign = text.find('=');
    if (sign == std::string::npos || sign == 0 || sign + 1 == text.size())
      refuse("--also", fmt::format("expected NAME=FILE, found {}", in_quotes(text)));
    wanted.push_back({.name = text.substr(0, sign), .file = text.substr(sign + 1), .size = 0, .values = {}});
  }
  return wanted;
}

/// Values that the program gives of each sample under this name, which it has.
std::size_t size_of_side_output(const InferenceCore& program, const std::string& name) {
  for (const Node& node : program.session().program().plan.graph)
    if (is_side_output(node) && name == node.label.layer)
      return static_cast<std::size_t>(node.shape.elements_per_sample());
  return 0;
}

/// Finds out how large those that are wanted are. Throws Error for one that the program does not give.
void find_side_outputs(std::vector<SideOutput>& wanted, const InferenceCore& program) {
  const std::vector<std::string> known = program.session().side_outputs();
  for (SideOutput& output : wanted) {
    if (std::find(known.begin(), known.end(), output.name) == known.end())
      throw Error(fmt::format(
          "--also: expected {}, found {}{}",
          known.empty() ? "nothing: this model has one output" : fmt::format("one of {}", fmt::join(known, ", ")),
          in_quotes(output.name), nearest_hint(output.name, known)));
    output.size = size_of_side_output(program, output.name);
  }
}

void check_paths(const RunOptions& options, const std::vector<SideOutput>& beside) {
  std::vector<NamedFile> written{{"OUT", options.out}};
  for (const SideOutput& output : beside) written.push_back({"--also " + output.name, output.file});
  std::vector<NamedFile> read{{"FILE", options.model}, {"IN", options.in}};
  for (const PortSource& other : options.others) read.push_back({"--with " + other.port, other.source});
  check_files(read, written);
}

void run_part(const RunOptions& options, Role role, std::span<const ModelRole> files, const std::string& part) {
  std::vector<SideOutput> beside = wanted_side_outputs(options);
  check_paths(options, beside);
  const SavedModel model = load_model(options.model, files);
  InferenceCore program(model.entry->program(role), most_at_a_time);
  program.write(model.file.tensors, options.model);
  program.set_weights(options.weights);
  find_side_outputs(beside, program);
  const PortData samples = load_inputs(options.in, options.others, *model.entry, role, options.reading,
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
    const std::array extents{static_cast<std::int64_t>(samples.count()), static_cast<std::int64_t>(output.size)};
    data::write_npy(output.file, extents, output.values);
    print(fmt::format("{}: {} samples of {} values\n", output.file, samples.count(), output.size));
  }
}

void add_arguments(const Command& command, const char* model, const char* in, const char* out,
                   void (*run)(const RunOptions&)) {
  const auto options = std::make_shared<RunOptions>();
  command.add_option("FILE", options->model, model).required();
  command.add_option("IN", options->in, in).required();
  command.add_option("OUT", options->out, out).required();
  add_with_option(command, options->others);
  command
      .add_option(
          "--also", options->also,
          "write what the model gives beside its output as well: log_var=FILE.npy of a variational encoder")
      .type_name("NAME=FILE");
  add_weights_option(command, options->weights);
  add_reading_options(command, options->reading);
  add_nonfinite_flag(command, options->allow_nonfinite);
  command.callback([options, run] { run(*options); });
}

constexpr const char* samples_file =
    "samples: IDX, .npy, FILE.npz:NAME or FILE:DATASET of HDF5 or NetCDF; unsigned bytes are pixels, byte / 255";

}  // namespace

void add_encode(CLI::App& app) {
  const Command command(app, "encode", "Turn samples into codes");
  add_arguments(command, "encoder.safetensors, or a whole model's file", samples_file,
                "codes, .npy: one row per sample", [](const RunOptions& options) {
                  constexpr std::array files{ModelRole::encoder, ModelRole::autoencoder, ModelRole::checkpoint};
                  run_part(options, Role::encode, files, "encoder");
                });
}

void add_decode(CLI::App& app) {
  const Command command(app, "decode", "Turn codes into reconstructions");
  add_arguments(command, "decoder.safetensors, or a whole model's file",
                "codes, in any such file: one row of numbers per sample",
                "reconstructions, .npy: one row per sample", [](const RunOptions& options) {
                  constexpr std::array files{ModelRole::decoder, ModelRole::autoencoder, ModelRole::checkpoint};
                  run_part(options, Role::decode, files, "decoder");
                });
}

void add_reconstruct(CLI::App& app) {
  const Command command(app, "reconstruct", "Turn samples into reconstructions, through the code");
  add_arguments(command, "autoencoder.safetensors", samples_file, "reconstructions, .npy: one row per sample",
                [](const RunOptions& options) {
                  constexpr std::array files{ModelRole::autoencoder, ModelRole::checkpoint};
                  run_part(options, Role::reconstruct, files, "autoencoder");
                });
}

}  // namespace isthmus::tool
