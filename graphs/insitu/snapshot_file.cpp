#include "snapshot_file.hpp"

#include <isthmus/error.hpp>
#include <isthmus/interchange/hdf5.hpp>
#include <isthmus/interchange/model_file.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <limits>
#include <span>
#include <utility>

#include "fields.hpp"
#include "tiles.hpp"

namespace insitu {
namespace {

using isthmus::FileError;
namespace interchange = isthmus::interchange;

constexpr const char* format = "isthmus in-situ snapshot 1";
constexpr const char* graph = "field";

std::string data_path(std::string_view field, int rank, const char* part) {
  return fmt::format("/{}/rank_{}/{}", field, rank, part);
}

/// The parts of a field, with their names in the file.
struct Part {
  const char* name;
  std::string StoredField::* bytes;
};
constexpr Part parts[] = {
    {"scales", &StoredField::scales}, {"codes", &StoredField::codes}, {"residual", &StoredField::residual}};

int whole_number(const interchange::Hdf5File& file, const char* name, int least, int most) {
  const std::optional<double> value = file.number("/", name);
  if (!value || !(*value >= least && *value <= most) || *value != std::floor(*value)) {
    throw FileError(file.name(), fmt::format("attribute {}", name),
                    fmt::format("a whole number from {} to {}", least, most),
                    value ? fmt::format("{}", *value) : "none");
  }
  return static_cast<int>(*value);
}

}  // namespace

std::filesystem::path snapshot_path(const std::filesystem::path& folder, int number) {
  return folder / fmt::format("snapshot_{:04}.h5", number);
}

std::filesystem::path original_path(const std::filesystem::path& folder, int number, std::string_view field) {
  return folder / fmt::format("snapshot_{:04}_{}.npy", number, field);
}

void write_snapshot(const std::filesystem::path& path, const Snapshot& snapshot) {
  std::vector<interchange::Hdf5Data> data;
  for (std::size_t field = 0; field < snapshot.fields.size(); ++field) {
    for (std::size_t rank = 0; rank < snapshot.fields[field].size(); ++rank) {
      for (const Part& part : parts) {
        const std::string& bytes = snapshot.fields[field][rank].*part.bytes;
        if (bytes.empty()) continue;
        data.push_back({data_path(field_names[field], static_cast<int>(rank), part.name),
                        {static_cast<std::int64_t>(bytes.size())},
                        std::span(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size())});
      }
    }
  }
  const interchange::Hdf5Attribute attributes[] = {
      {"/", "format", std::string(format)},         {"/", "step", snapshot.step},
      {"/", "rows", std::int64_t{snapshot.rows}},   {"/", "columns", std::int64_t{snapshot.columns}},
      {"/", "ranks", std::int64_t{snapshot.ranks}}, {"/", "epsilon", static_cast<double>(snapshot.epsilon)},
  };
  interchange::write_hdf5(path, data, attributes);
}

Snapshot read_snapshot(const std::filesystem::path& path) {
  const interchange::Hdf5File file(path);
  const auto found = file.texts("/", "format");
  if (!found || *found != std::vector<std::string>{format})
    throw FileError(file.name(), "attribute format", fmt::format("\"{}\"", format), found ? "another" : "none");
  Snapshot snapshot;
  constexpr int most = 1 << 20;
  snapshot.rows = whole_number(file, "rows", tile_side, most);
  snapshot.columns = whole_number(file, "columns", tile_side, most);
  snapshot.ranks = whole_number(file, "ranks", 1, most);
  snapshot.step = whole_number(file, "step", 0, std::numeric_limits<int>::max());
  if (snapshot.rows % (tile_side * snapshot.ranks) != 0 || snapshot.columns % tile_side != 0)
    throw FileError(file.name(), "attributes rows, columns, ranks", "strips of whole tiles",
                    fmt::format("{} x {} in {} strips", snapshot.rows, snapshot.columns, snapshot.ranks));
  const std::optional<double> epsilon = file.number("/", "epsilon");
  if (!epsilon || !(*epsilon >= 0))
    throw FileError(file.name(), "attribute epsilon", "a number from 0", epsilon ? "another" : "none");
  snapshot.epsilon = static_cast<float>(*epsilon);

  const std::vector<std::string> datasets = file.datasets();
  for (const std::string_view name : field_names) {
    std::vector<StoredField>& strips = snapshot.fields.emplace_back();
    for (int rank = 0; rank < snapshot.ranks; ++rank) {
      StoredField& stored = strips.emplace_back();
      for (const Part& part : parts) {
        const std::string dataset = data_path(name, rank, part.name);
        if (std::find(datasets.begin(), datasets.end(), dataset) == datasets.end()) continue;
        const std::vector<std::uint8_t> bytes = file.read_bytes(dataset);
        (stored.*part.bytes).assign(bytes.begin(), bytes.end());
      }
      const bool complete = stored.codes.empty() == stored.scales.empty() &&
                            (snapshot.epsilon > 0 ? !stored.residual.empty() : !stored.codes.empty());
      if (!complete)
        throw FileError(file.name(), data_path(name, rank, ""), "scales and codes, or a residual, or all",
                        "not these");
    }
  }
  return snapshot;
}

void write_decoder(const std::filesystem::path& folder, const std::vector<isthmus::NamedTensor>& parameters) {
  const std::vector<isthmus::NamedTensor> wanted = isthmus::Decoder<graphs::Field, 1>().read();
  interchange::ModelFile file;
  file.graph = graph;
  file.role = interchange::ModelRole::decoder;
  for (const isthmus::NamedTensor& tensor : parameters) {
    if (std::any_of(wanted.begin(), wanted.end(), [&](const auto& other) { return other.name == tensor.name; }))
      file.tensors.push_back(tensor);
  }
  interchange::write_model(folder / "decoder.safetensors", file);
}

std::vector<isthmus::NamedTensor> read_decoder(const std::filesystem::path& folder) {
  const std::filesystem::path path = folder / "decoder.safetensors";
  interchange::ModelFile file = interchange::read_model(path);
  if (file.graph != graph || file.role != interchange::ModelRole::decoder)
    throw FileError(path.string(), "metadata", "the decoder of graph field",
                    fmt::format("the {} of graph {}", interchange::name_of(file.role), file.graph));
  return std::move(file.tensors);
}

}  // namespace insitu
