// `interpolate`: from one sample to another, through the code space.
#include "code_pictures.hpp"
#include "commands.hpp"
#include "files.hpp"
#include "models.hpp"
#include "output.hpp"
#include "port_data.hpp"

#include <isthmus/data/atomic_file.hpp>
#include <isthmus/error.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <limits>

namespace isthmus::tool {
namespace {

struct InterpolateOptions {
  std::string model, data, out = "interpolation.png";
  std::vector<PortSource> others;
  std::int64_t from = 0, to = 1;
  std::size_t steps = interpolation_steps;
  Reading reading;
  bool allow_nonfinite = false, json = false;
};

void draw(const InterpolateOptions& options) {
  using interchange::ModelRole;
  constexpr std::array files{ModelRole::autoencoder, ModelRole::checkpoint};
  check_files({{"FILE", options.model}, {"--data", options.data}}, {{"--out", options.out}});
  const SavedModel model = load_model(options.model, files);
  InferenceCore encoder(model.entry->program(Role::encode), most_at_a_time);
  InferenceCore decoder(model.entry->program(Role::decode), most_at_a_time);
  encoder.write(model.file.tensors, options.model);
  decoder.write(model.file.tensors, options.model);
  const PortData samples = load_port_data_set(options.data, options.others, *model.entry, Role::reconstruct,
                                              options.reading, fmt::format("graph {}", model.entry->name))
                               .validation;
  const auto last = static_cast<std::int64_t>(samples.count()) - 1;
  if (const std::int64_t index = std::max(options.from, options.to); index > last) {
    throw FileError(samples.data().name(), "",
                    fmt::format("--from and --to in 0 to {}, its validation part", last),
                    fmt::format("{}", index));
  }
  const ImageShape shape = require_image_shape(*model.entry, samples.data());
  data::write_atomically(
      options.out, draw_interpolation(encoder, decoder, shape, samples, static_cast<std::size_t>(options.from),
                                      static_cast<std::size_t>(options.to), options.steps,
                                      {options.out, options.allow_nonfinite}));
  if (options.json) {
    print(boost::json::object{{"graph", model.entry->name},
                              {"from", options.from},
                              {"to", options.to},
                              {"steps", options.steps},
                              {"out", options.out}});
  } else {
    print(fmt::format("{}: {} steps from sample {} to sample {}\n", options.out, options.steps, options.from,
                      options.to));
  }
}

}  // namespace

void add_interpolate(CLI::App& app) {
  const Command command(app, "interpolate",
                        "Draw the way from one sample to another, on a straight line of codes");
  const auto options = std::make_shared<InterpolateOptions>();
  command.add_option("FILE", options->model, "autoencoder.safetensors").required();
  add_data_option(command, options->data);
  add_with_option(command, options->others);
  add_reading_options(command, options->reading);
  for (const auto& [name, index] : {std::pair{"--from", &options->from}, {"--to", &options->to}})
    add_number(command, name, *index, Bounds<std::int64_t>{0, std::numeric_limits<std::int64_t>::max()},
               "number of a sample of the validation part, from 0")
        .default_str(fmt::format("{}", *index));
  add_number(command, "--steps", options->steps, Bounds<std::size_t>{2, 100},
             "codes on the line, both ends included")
      .default_str(fmt::format("{}", options->steps));
  command.add_option("--out", options->out, "the picture").type_name("FILE").capture_default_str();
  add_nonfinite_flag(command, options->allow_nonfinite);
  add_json_flag(command, options->json);
  command.callback([options] { draw(*options); });
}

}  // namespace isthmus::tool
