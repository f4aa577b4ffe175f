#include "artifacts.hpp"

#include "image_shape.hpp"
#include "output.hpp"

#include <isthmus/data/atomic_file.hpp>
#include <isthmus/dump.hpp>
#include <isthmus/error.hpp>
#include <isthmus/interchange/sha256.hpp>
#include <isthmus/report/html.hpp>
#include <isthmus/report/loss_plot.hpp>
#include <isthmus/report/picture.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>

namespace isthmus::tool {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t most_shown = 10;
/// The side of an image in the picture, in pixels, about.
constexpr int shown_size = 84;

/// What a program makes of some samples, numbered from 0.
std::vector<float> computed(const lower::Program& program, std::span<const float> inputs, int samples,
                            const std::vector<run::NamedTensor>& parameters, std::uint64_t seed) {
  run::Session session(program, samples);
  session.write(parameters, false, "the trained parameters");
  std::vector<float> outputs(static_cast<std::size_t>(samples) * static_cast<std::size_t>(session.output_size()));
  run::RunArguments arguments;
  arguments.samples = samples;
  arguments.input = inputs.data();
  arguments.output = outputs.data();
  arguments.seed = seed;
  session.run(arguments);
  return outputs;
}

/// Test images above what the model makes of them, as PNG; with the noisy images that it was shown between them, if the
/// model is trained to remove noise.
std::optional<std::string> draw_reconstructions(const ModelEntry& entry, const data::Samples& validation,
                                                const std::vector<run::NamedTensor>& parameters, std::uint64_t seed) {
  const auto shape = image_shape(entry, validation);
  if (!shape) {
    say(fmt::format("{}: its samples are no images: reconstructions.png is not drawn", validation.name()));
    return std::nullopt;
  }
  const std::size_t count = std::min(validation.count(), most_shown);
  const int samples = static_cast<int>(count);
  std::vector<float> inputs(count * validation.sample_size()), noisy;
  validation.values(0, count, inputs.data());
  // The same noise as in the validation.
  if (is_corrupted(entry)) noisy = computed(entry.program(Role::corrupt), inputs, samples, parameters, seed);
  const std::vector<float> outputs =
      computed(entry.program(Role::reconstruct), noisy.empty() ? inputs : noisy, samples, parameters, seed);
  std::vector<report::Row> rows{{"original", inputs}};
  if (!noisy.empty()) rows.push_back({"noisy", noisy});
  rows.push_back({"reconstructed", outputs});
  const int scale = std::clamp(shown_size / std::max(shape->height, shape->width), 1, 64);
  return report::encode_png(report::tile_rows(rows, shape->height, shape->width, shape->channels, scale));
}

std::optional<std::string> draw_losses(const fs::path& path, const report::History& history,
                                       const std::string& title) {
  try {
    report::write_loss_plot(path, history, title);
  } catch (const FileError&) {
    throw;
  } catch (const Error& error) {
    // A machine without gnuplot is no reason to call a training failed.
    say(fmt::format("{} is not drawn: {}", path.string(), error.what()));
    return std::nullopt;
  }
  std::ifstream file(path, std::ios::binary);
  return std::string(std::istreambuf_iterator<char>(file), {});
}

}  // namespace

void save_models(const TrainSettings& settings, const std::vector<run::NamedTensor>& parameters, int epoch) {
  using interchange::ModelRole;
  for (const ModelRole role : {ModelRole::autoencoder, ModelRole::encoder, ModelRole::decoder}) {
    interchange::ModelFile file;
    file.graph = settings.entry->name;
    file.role = role;
    file.details = {{"epoch", fmt::format("{}", epoch)},
                    {"seed", fmt::format("{}", settings.seed)},
                    {"data", settings.trace.source}};
    file.tensors = to_tensors(select_tensors(*settings.entry, role, parameters));
    interchange::write_model(fs::path(settings.out) / fmt::format("{}.safetensors", name_of(role)), file);
  }
}

void save_pictures(const TrainSettings& settings, const data::Samples& validation,
                   const std::vector<run::NamedTensor>& parameters, const report::History& history,
                   const Pairs& run_settings, const Pairs& figures) {
  const fs::path folder = settings.out;
  report::Report page;
  page.title = fmt::format("{} on {}", settings.entry->name, settings.trace.source);
  page.settings = run_settings;
  page.figures = figures;
  page.history = history;
  page.model = dump(settings.entry->declared, DumpFormat::text, settings.entry->name);
  if (auto png = draw_losses(folder / "loss.png", history, page.title))
    page.pictures.push_back({"loss per epoch", std::move(*png)});
  const auto seed = static_cast<std::uint64_t>(settings.seed);
  if (auto png = draw_reconstructions(*settings.entry, validation, parameters, seed)) {
    data::write_atomically(folder / "reconstructions.png", *png);
    page.pictures.push_back({is_corrupted(*settings.entry) ? "test images, with noise, and what the model made of these"
                                                           : "test images above their reconstructions",
                             std::move(*png)});
  }
  data::write_atomically(folder / "report.html", report::to_html(page));
}

std::string weights_sha256(const ModelEntry& entry, const std::vector<run::NamedTensor>& parameters) {
  static_assert(std::endian::native == std::endian::little, "floats are summed as they lie in memory");
  interchange::Sha256 sum;
  for (const run::NamedTensor& tensor :
       select_tensors(entry, interchange::ModelRole::autoencoder, parameters)) {
    sum.update(tensor.name.data(), tensor.name.size());
    sum.update(tensor.values.data(), tensor.values.size() * sizeof(float));
  }
  return sum.hex();
}

}  // namespace isthmus::tool
