// `sample`: a decoder's outputs for codes that are not from an encoder.
#include "code_pictures.hpp"
#include "commands.hpp"
#include "files.hpp"
#include "models.hpp"
#include "output.hpp"

#include <isthmus/data/atomic_file.hpp>
#include <isthmus/error.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <array>
#include <charconv>
#include <cmath>

#include "text.hpp"

namespace isthmus::tool {
namespace {

/// More images than this are no picture.
constexpr int most_images = 10'000;

struct SampleOptions {
  std::string model, shape, out;
  int count = 100;
  std::int64_t seed = 1;
  bool manifold = false, allow_nonfinite = false, json = false;
};

/// The side of a square grid of so many images.
std::size_t side_of(int count) { return static_cast<std::size_t>(std::lround(std::sqrt(count))); }

/// `28x28` or `32x32x3` as extents; empty if it is no such thing.
std::vector<std::int64_t> extents_of(const std::string& text) {
  std::vector<std::int64_t> extents;
  const char* const end = text.data() + text.size();
  for (const char* at = text.data();; ++at) {
    std::int64_t extent = 0;
    const auto [next, error] = std::from_chars(at, end, extent);
    if (error != std::errc() || extent < 1) return {};
    extents.push_back(extent);
    at = next;
    if (at == end) break;
    if (*at != 'x') return {};
  }
  return extents.size() >= 2 && image_shape(extents) ? extents : std::vector<std::int64_t>{};
}

/// The shape in which the decoder's results are drawn: from --shape, or from the model.
ImageShape shape_for(const SampleOptions& options, const ModelEntry& entry, int output_size) {
  const std::vector<std::int64_t> found = output_shape(entry, Role::decode);
  const auto shape = image_shape(options.shape.empty() ? found : extents_of(options.shape));
  if (!shape) {
    throw FileError(options.model, "", "a model of images, or --shape HxW",
                    fmt::format("outputs of shape {}", found));
  }
  if (const int size = shape->height * shape->width * shape->channels; size != output_size) {
    throw FileError(options.model, "",
                    fmt::format("outputs of {} values, as --shape {} has them", size, options.shape),
                    fmt::format("{}", output_size));
  }
  return *shape;
}

void draw(const SampleOptions& options) {
  using interchange::ModelRole;
  constexpr std::array files{ModelRole::decoder, ModelRole::autoencoder, ModelRole::checkpoint};
  check_files({{"FILE", options.model}}, {{"--out", options.out}});
  const SavedModel model = load_model(options.model, files);
  InferenceCore decoder(model.entry->program(Role::decode), most_at_a_time);
  decoder.write(model.file.tensors, options.model);
  const int code_size = decoder.input_size();
  if (options.manifold && code_size != 2)
    throw FileError(options.model, "", "a code of 2 values, as --manifold needs it", fmt::format("{}", code_size));
  const ImageShape shape = shape_for(options, *model.entry, decoder.output_size());
  const OutputCheck check{options.out, options.allow_nonfinite};
  data::write_atomically(options.out, options.manifold
                                          ? draw_manifold(decoder, shape, side_of(options.count), check)
                                          : draw_samples(decoder, shape, static_cast<std::size_t>(options.count),
                                                         static_cast<std::uint64_t>(options.seed), check));
  if (options.json) {
    print(boost::json::object{{"graph", model.entry->name},
                              {"count", options.count},
                              {"seed", options.seed},
                              {"code_size", code_size},
                              {"out", options.out}});
  } else {
    print(fmt::format("{}: {} images\n", options.out, options.count));
  }
}

}  // namespace

void add_sample(CLI::App& app) {
  const Command command(app, "sample", "Draw what a decoder makes of random codes, or of all");
  const auto options = std::make_shared<SampleOptions>();
  command.add_option("FILE", options->model, "decoder.safetensors, or a whole model's file").required();
  const Option count = add_number(command, "--count", options->count, Bounds<int>{1, most_images},
                                  "images; a square number for --manifold (default: 100, or 400)");
  add_seed_option(command, options->seed, "of the codes, independent standard normal numbers");
  command.add_flag("--manifold", options->manifold,
                   "codes of two values on a grid of quantiles of the normal distribution");
  const auto is_shape = [](const std::string& text) {
    if (!extents_of(text).empty()) return std::string();
    return fmt::format("expected HxW, HxWx1 or HxWx3, sides up to 1024, found {}", in_quotes(text));
  };
  command.add_option("--shape", options->shape, "of the images (default: as the model says, or square)")
      .type_name("HxW[xC]")
      .check(is_shape);
  command.add_option("--out", options->out, "the picture (default: samples.png or manifold.png)")
      .type_name("FILE");
  add_nonfinite_flag(command, options->allow_nonfinite);
  add_json_flag(command, options->json);
  command.callback([options, count] {
    if (options->manifold) {
      if (count.count() == 0) options->count = static_cast<int>(manifold_side * manifold_side);
      const std::size_t side = side_of(options->count);
      if (side * side != static_cast<std::size_t>(options->count))
        refuse("--count",
               fmt::format("expected a square number, as --manifold needs it, found {}", options->count));
    }
    if (options->out.empty()) options->out = options->manifold ? "manifold.png" : "samples.png";
    draw(*options);
  });
}

}  // namespace isthmus::tool
