#include "artifacts.hpp"

#include "code_pictures.hpp"
#include "drawn_layers.hpp"
#include "output.hpp"
#include "sha256.hpp"

#include <isthmus/data/atomic_file.hpp>
#include <isthmus/dump.hpp>
#include <isthmus/error.hpp>
#include <isthmus/plan/ports.hpp>
#include <isthmus/report/html.hpp>
#include <isthmus/report/loss_plot.hpp>
#include <isthmus/report/picture.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <filesystem>
#include <optional>

namespace isthmus::tool {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t most_shown = 10;
constexpr std::size_t drawn_samples = 100;
/// The side of an image in the picture, in pixels, about.
constexpr int shown_size = 84;

/// The outputs of a program for some samples, which are numbered from 0.
std::vector<float> computed(const lower::Program& program, std::span<const PortValues> inputs,
                            const std::vector<NamedTensor>& parameters, std::uint64_t seed) {
  run::Session session(program, static_cast<int>(most_shown));
  session.write(parameters, false, "the trained parameters");
  run::GivenInputs given(session);
  given.take(inputs);
  std::vector<float> outputs(static_cast<std::size_t>(given.count()) *
                             static_cast<std::size_t>(session.output_size()));
  run::RunArguments arguments;
  arguments.samples = given.count();
  arguments.inputs = given.all();
  arguments.output = outputs.data();
  arguments.seed = seed;
  session.run(arguments);
  return outputs;
}

/// Test images above their reconstructions, as PNG; between them, if the model makes something else of the data
/// than them, what it was shown: the noisy images that it is trained to clean, or the data beside a target.
std::string draw_reconstructions(const ModelEntry& entry, const PortData& validation,
                                 const std::vector<NamedTensor>& parameters, std::uint64_t seed) {
  const data::Samples& targets = target_of(entry, validation);
  const ImageShape shape = require_image_shape(entry, targets);
  const std::size_t count = std::min(validation.count(), most_shown);
  const lower::Program reconstruct = entry.program(Role::reconstruct);
  PortReader reader(plan::inputs_of(reconstruct.plan), validation);
  const std::span<const PortValues> read = reader.read(0, count);
  std::vector<PortValues> inputs(read.begin(), read.end());
  std::vector<float> originals(count * targets.sample_size()), noisy;
  targets.values(0, count, originals.data());
  // The noise is the same as in the validation.
  if (is_corrupted(entry)) {
    noisy = computed(entry.program(Role::corrupt), {&inputs.front(), 1}, parameters, seed);
    inputs.front().values = noisy;
  }
  const std::vector<float> outputs = computed(reconstruct, inputs, parameters, seed);
  std::vector<report::Row> rows{{"original", originals, label_texts(validation.data(), 0, count)}};
  const bool has_other_input = first_port(entry.declared, PortKind::target) >= 0;
  if (!noisy.empty() || (has_other_input && inputs.front().values.size() == originals.size()))
    rows.push_back({noisy.empty() ? inputs.front().port.data() : "noisy", inputs.front().values});
  rows.push_back({"reconstructed", outputs});
  const int scale = std::clamp(shown_size / std::max(shape.height, shape.width), 1, 64);
  return report::encode_png(report::tile_rows(rows, shape.height, shape.width, shape.channels, scale));
}

/// Puts pictures into the run's folder and onto its page.
class Gallery {
 public:
  Gallery(const fs::path& folder, report::Report& page) : folder_(folder), page_(page) {}

  /// `draw` gives a PNG. If it cannot, the picture is left out, and standard error says so: a machine without
  /// gnuplot is no reason to call a training failed.
  template <class Draw>
  void add(const char* name, const char* caption, Draw draw) {
    if (std::optional<std::string> png = drawn(name, draw)) {
      data::write_atomically(folder_ / name, *png);
      page_.pictures.push_back({caption, std::move(*png)});
    }
  }

  /// Adds a plot: `draw` gives it with a title and in a format, PNG with the title for the folder and SVG for the
  /// page, where it has the caption.
  template <class Draw>
  void add_plot(const char* name, const char* caption, const std::string& title, Draw draw) {
    using report::ImageFormat;
    const auto png = drawn(name, [&] { return draw(title, ImageFormat::png); });
    if (!png) return;
    data::write_atomically(folder_ / name, *png);
    if (auto svg = drawn(name, [&] { return draw("", ImageFormat::svg); }))
      page_.pictures.push_back({caption, std::move(*svg), ImageFormat::svg});
  }

 private:
  template <class Draw>
  std::optional<std::string> drawn(const char* name, Draw draw) const {
    try {
      return draw();
    } catch (const Error& error) {
      say(fmt::format("{} is not drawn: {}", (folder_ / name).string(), error.what()));
      return std::nullopt;
    }
  }

  fs::path folder_;
  report::Report& page_;
};

/// Adds the interpolation between two test images, the codes by label, codes that are drawn, and, for codes of two
/// values without conditions, the decoded grid.
void add_code_pictures(Gallery& gallery, const TrainSettings& settings, const PortData& validation,
                       const std::vector<NamedTensor>& parameters) {
  const ModelEntry& entry = *settings.entry;
  InferenceCore encoder(entry.program(Role::encode), most_at_a_time);
  InferenceCore decoder(entry.program(Role::decode), most_at_a_time);
  encoder.write(parameters, "the trained parameters");
  decoder.write(parameters, "the trained parameters");
  const auto shape = [&] { return require_image_shape(entry, target_of(entry, validation)); };
  gallery.add("interpolation.png", "from one test image to another, on a straight line between their codes", [&] {
    return draw_interpolation(encoder, decoder, shape(), validation, 0, 1, interpolation_steps,
                              {"interpolation.png"});
  });
  const int code_size = encoder.output_size();
  const std::span<const std::uint8_t> labels = validation.data().labels();
  if (code_size >= 2 && !labels.empty()) {
    const PortData shown = validation.slice(0, std::min<std::size_t>(validation.count(), most_points));
    std::vector<float> codes;
    gallery.add_plot("latent.png", "the codes of test images, by label",
                     fmt::format("{}: codes of {}", entry.name, settings.trace.source),
                     [&](const std::string& title, report::ImageFormat format) {
                       if (codes.empty()) codes = compute(encoder, shown);
                       return draw_latent(codes, code_size, labels.first(shown.count()), title, format).bytes;
                     });
  }
  if (is_variational(entry)) {
    const bool in_rows = classes_of(decoder) > 0;
    gallery.add("samples.png",
                in_rows ? "codes from the standard normal distribution, decoded: a class in each row"
                        : "codes from the standard normal distribution, decoded",
                [&] {
                  return draw_samples(decoder, shape(), drawn_samples, static_cast<std::uint64_t>(settings.seed),
                                      {"samples.png"});
                });
  }
  if (code_size == 2 && decoder.inputs().size() == 1) {
    gallery.add("manifold.png", "what codes stand for: code 1 to the right, code 2 upwards, at normal quantiles",
                [&] { return draw_manifold(decoder, shape(), manifold_side, {"manifold.png"}); });
  }
}

}  // namespace

void save_models(const TrainSettings& settings, const std::vector<NamedTensor>& parameters, int epoch) {
  using interchange::ModelRole;
  for (const ModelRole role : {ModelRole::autoencoder, ModelRole::encoder, ModelRole::decoder}) {
    interchange::ModelFile file;
    file.graph = settings.entry->name;
    file.role = role;
    file.details = {{"epoch", fmt::format("{}", epoch)},
                    {"seed", fmt::format("{}", settings.seed)},
                    {"batch", fmt::format("{}", settings.batch)},
                    {"data", settings.trace.source}};
    file.tensors = select_tensors(*settings.entry, role, parameters);
    interchange::write_model(fs::path(settings.out) / fmt::format("{}.safetensors", name_of(role)), file);
  }
}

void save_pictures(const TrainSettings& settings, const PortData& validation,
                   const std::vector<NamedTensor>& parameters, const report::History& history,
                   const Pairs& run_settings, const Pairs& figures) {
  const fs::path folder = settings.out;
  report::Report page;
  page.title = fmt::format("{} on {}", settings.entry->name, settings.trace.source);
  page.settings = run_settings;
  page.figures = figures;
  page.history = history;
  page.layers = drawn_layers(settings.entry->declared);
  page.model = dump(settings.entry->declared, DumpFormat::text, settings.entry->name);
  const auto seed = static_cast<std::uint64_t>(settings.seed);
  Gallery gallery(folder, page);
  gallery.add_plot("loss.png", "loss per epoch", page.title,
                   [&](const std::string& title, report::ImageFormat format) {
                     return report::draw_loss_plot(history, title, format);
                   });
  gallery.add("reconstructions.png",
              is_corrupted(*settings.entry) ? "test images, with noise, and what the model made of these"
                                            : "test images above their reconstructions",
              [&] { return draw_reconstructions(*settings.entry, validation, parameters, seed); });
  add_code_pictures(gallery, settings, validation, parameters);
  data::write_atomically(folder / "report.html", report::to_html(page));
}

std::string weights_sha256(const ModelEntry& entry, const std::vector<NamedTensor>& parameters) {
  static_assert(std::endian::native == std::endian::little, "floats are summed as they lie in memory");
  Sha256 sum;
  for (const NamedTensor& tensor : select_tensors(entry, interchange::ModelRole::autoencoder, parameters)) {
    sum.update(tensor.name.data(), tensor.name.size());
    sum.update(tensor.values.data(), tensor.values.size() * sizeof(float));
  }
  return sum.hex();
}

}  // namespace isthmus::tool
