// Rebuilds fields out of what insitu has stored: it has the decoder, and no encoder.
#include <isthmus/data/atomic_file.hpp>
#include <isthmus/data/npy.hpp>
#include <isthmus/error.hpp>
#include <isthmus/report/picture.hpp>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <exception>
#include <filesystem>

#include "fields.hpp"
#include "restorer.hpp"
#include "snapshot_file.hpp"

namespace insitu {
namespace {

namespace fs = std::filesystem;

struct Settings {
  std::string folder, originals, out, picture;
};

/// A field of all ranks.
std::vector<float> whole(Restorer& restorer, const Snapshot& snapshot, std::size_t field,
                         const std::string& file) {
  std::vector<float> values;
  const int rows = snapshot.rows / snapshot.ranks;
  for (int rank = 0; rank < snapshot.ranks; ++rank) {
    const std::string name = fmt::format("{}: /{}/rank_{}", file, field_names[field], rank);
    const std::vector<float> strip =
        restorer.restore(snapshot.fields[field][static_cast<std::size_t>(rank)], rows, snapshot.columns, name);
    values.insert(values.end(), strip.begin(), strip.end());
  }
  return values;
}

std::vector<float> original_of(const Settings& settings, const Snapshot& snapshot, int number, std::size_t field) {
  const fs::path path = original_path(settings.originals, number, field_names[field]);
  isthmus::data::NpyArray array = isthmus::data::read_npy(path);
  if (array.shape != std::vector<std::int64_t>{snapshot.rows, snapshot.columns})
    throw isthmus::FileError(path.string(), "", fmt::format("shape [{}, {}]", snapshot.rows, snapshot.columns),
                             "another");
  return std::move(array.values);
}

/// The original, what came back and the difference, each from its smallest value (black) to its largest (white).
void draw(const std::string& path, const std::vector<float>& original, const std::vector<float>& restored,
          int rows, int columns) {
  const auto scaled = [](std::vector<float> values) {
    const auto [low, high] = std::minmax_element(values.begin(), values.end());
    const float from = *low, range = std::max(*high - *low, 1e-30f);
    for (float& value : values) value = (value - from) / range;
    return values;
  };
  std::vector<float> difference(original.size());
  std::transform(original.begin(), original.end(), restored.begin(), difference.begin(),
                 [](float a, float b) { return a - b; });
  std::vector<float> pictures;
  for (const std::vector<float>& values : {scaled(original), scaled(restored), scaled(difference)})
    pictures.insert(pictures.end(), values.begin(), values.end());
  const isthmus::report::Row row{"", pictures};
  isthmus::report::write_png(path, isthmus::report::tile_rows({&row, 1}, rows, columns, 1, 1));
}

void read(const Settings& settings) {
  Restorer restorer(read_decoder(settings.folder), (fs::path(settings.folder) / "decoder.safetensors").string());
  if (!settings.out.empty()) isthmus::data::require_writable_folder(settings.out);
  int number = 0;
  for (; fs::exists(snapshot_path(settings.folder, number)); ++number) {
    const std::string file = snapshot_path(settings.folder, number).string();
    const Snapshot snapshot = read_snapshot(file);
    for (std::size_t field = 0; field < fields; ++field) {
      const std::vector<float> restored = whole(restorer, snapshot, field, file);
      std::string line = fmt::format("step {} {}", snapshot.step, field_names[field]);
      if (!settings.out.empty()) {
        const std::int64_t shape[] = {snapshot.rows, snapshot.columns};
        isthmus::data::write_npy(original_path(settings.out, number, field_names[field]), shape, restored);
      }
      if (!settings.originals.empty()) {
        const std::vector<float> original = original_of(settings, snapshot, number, field);
        double largest = 0, squares = 0;
        for (std::size_t i = 0; i < original.size(); ++i) {
          const double off = std::fabs(static_cast<double>(original[i]) - static_cast<double>(restored[i]));
          largest = std::max(largest, off);
          squares += off * off;
        }
        line += fmt::format(": largest error {:.4g}, root mean square {:.4g}", largest,
                            std::sqrt(squares / static_cast<double>(original.size())));
        const double bound = snapshot.epsilon;
        if (bound > 0) line += fmt::format(", within {:.4g}", bound);
        if (bound > 0 && !(largest <= bound))
          throw isthmus::Error(fmt::format("{}: {}: an error of {} where {} was promised", file,
                                           field_names[field], largest, bound));
        if (!settings.picture.empty() && field == 0)
          draw(settings.picture, original, restored, snapshot.rows, snapshot.columns);
      }
      fmt::print("{}\n", line);
    }
  }
  if (number == 0)
    throw isthmus::FileError(snapshot_path(settings.folder, 0).string(), "", "a snapshot of insitu", "no file");
}

int run(int argc, char** argv) {
  Settings settings;
  CLI::App app{"Rebuilds the fields that insitu has stored."};
  app.add_option("folder", settings.folder, "of the snapshots and the decoder")->required();
  auto* const originals = app.add_option("--originals", settings.originals,
                                         "the fields themselves: prints errors, and fails above the bound");
  app.add_option("--out", settings.out, "folder for the fields, as .npy");
  app.add_option("--picture", settings.picture, "PNG of the last snapshot's height, and what it was")
      ->needs(originals);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) return app.exit(error);
    fmt::print(stderr, "reader: {}\n", error.what());
    return 2;
  }
  read(settings);
  return 0;
}

}  // namespace
}  // namespace insitu

int main(int argc, char** argv) {
  try {
    return insitu::run(argc, argv);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "reader: %s\n", error.what());
    return 1;
  }
}
