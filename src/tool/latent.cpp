// `latent`: where an encoder puts the samples of a data set.
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

#include "text.hpp"

namespace isthmus::tool {
namespace {

struct LatentOptions {
  std::string model, data, labels, out = "latent.png";
  std::vector<PortSource> others;
  int limit = most_points;
  Reading reading;
  bool json = false;
};

/// One label per validation sample, or none.
std::vector<std::uint8_t> labels_for(const LatentOptions& options, const PortDataSet& data) {
  const data::Samples& samples = data.validation.data();
  if (options.labels.empty()) return {samples.labels().begin(), samples.labels().end()};
  std::vector<std::uint8_t> labels = load_labels(options.labels);
  // If both parts are from one file, so are the labels, and those of the last samples count.
  const bool one_file = data.train.data().name() == samples.name();
  const std::size_t expected = samples.count() + (one_file ? data.train.count() : 0);
  if (labels.size() != expected) {
    throw FileError(options.labels, "", fmt::format("{} labels, one per sample of {}", expected, samples.name()),
                    fmt::format("{}", labels.size()));
  }
  labels.erase(labels.begin(), labels.end() - static_cast<std::ptrdiff_t>(samples.count()));
  return labels;
}

void draw(const LatentOptions& options) {
  using interchange::ModelRole;
  constexpr std::array files{ModelRole::encoder, ModelRole::autoencoder, ModelRole::checkpoint};
  std::vector<NamedFile> read{{"FILE", options.model}, {"--data", options.data}};
  if (!options.labels.empty()) read.push_back({"--labels", options.labels});
  check_files(read, {{"--out", options.out}});
  const SavedModel model = load_model(options.model, files);
  InferenceCore encoder(model.entry->program(Role::encode), most_at_a_time);
  encoder.write(model.file.tensors, options.model);
  const int code_size = encoder.output_size();
  if (code_size < 2)
    throw FileError(options.model, "", "a code of at least 2 values", fmt::format("{}", code_size));
  const PortDataSet data =
      load_port_data_set(options.data, options.others, *model.entry, Role::encode, options.reading,
                         fmt::format("the encoder of graph {}", model.entry->name));
  const std::vector<std::uint8_t> labels = labels_for(options, data);
  const std::size_t count = std::min(data.validation.count(), static_cast<std::size_t>(options.limit));
  const std::vector<float> codes = compute(encoder, data.validation.slice(0, count));
  const LatentPicture picture = draw_latent(codes, code_size, std::span(labels).first(labels.empty() ? 0 : count),
                                            fmt::format("{}: codes of {}", model.entry->name, options.data));
  data::write_atomically(options.out, picture.bytes);
  if (options.json) {
    print(boost::json::object{{"graph", model.entry->name},
                              {"samples", count},
                              {"code_size", code_size},
                              {"explained", {picture.explained[0], picture.explained[1]}},
                              {"out", options.out}});
  } else {
    print(listing({{"graph", model.entry->name},
                   {"samples", grouped(static_cast<long long>(count))},
                   {"code size", fmt::format("{}", code_size)},
                   {"explained", fmt::format("{:.1f} % and {:.1f} % of the variance", 100 * picture.explained[0],
                                             100 * picture.explained[1])},
                   {"picture", options.out}}));
  }
}

}  // namespace

void add_latent(CLI::App& app) {
  const Command command(app, "latent", "Draw where an encoder puts the validation part of a data set");
  const auto options = std::make_shared<LatentOptions>();
  command.add_option("FILE", options->model, "encoder.safetensors, or a whole model's file").required();
  add_data_option(command, options->data);
  add_with_option(command, options->others);
  add_reading_options(command, options->reading);
  command
      .add_option("--labels", options->labels,
                  "one label per sample, integers: IDX, .npy, FILE.npz:NAME or FILE:DATASET of HDF5 or "
                  "NetCDF (default: those of SRC)")
      .type_name("FILE");
  add_number(command, "--limit", options->limit, Bounds<int>{1, 1'000'000},
             "draw no more than the first so many samples")
      .default_str(fmt::format("{}", options->limit));
  command.add_option("--out", options->out, "the picture").type_name("FILE").capture_default_str();
  add_json_flag(command, options->json);
  command.callback([options] { draw(*options); });
}

}  // namespace isthmus::tool
