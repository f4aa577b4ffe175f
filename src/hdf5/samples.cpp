#include <isthmus/data/window.hpp>
#include <isthmus/error.hpp>
#include <isthmus/interchange/hdf5.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "data/shapes.hpp"
#include "open_reader.hpp"
#include "pieces.hpp"
#include "reading/names.hpp"
#include "values.hpp"

namespace isthmus::interchange {
namespace {

/// The name of a data set: the one that was given, else that of the only one there is, or the only one of so many
/// dimensions; else "", which none has.
template <class Fits>
std::string name_of(FileReader& reader, const std::string& given, const Fits& fits) {
  if (!given.empty()) return given;
  std::vector<std::string> all, fitting;
  for (const std::string& name : reader.datasets()) {
    try {
      const Hdf5Info info = reader.info(name);
      if (info.is_dimension) continue;
      all.push_back(name);
      if (fits(info.shape.size())) fitting.push_back(name);
    } catch (const FileError&) {
      // No numbers, or in another file: not what is looked for.
    }
  }
  return all.size() == 1 ? all[0] : fitting.size() == 1 ? fitting[0] : "";
}

}  // namespace

data::Samples read_hdf5_samples(const std::filesystem::path& path, const std::string& dataset, std::uint64_t held,
                                data::BytesAre bytes, data::Fill fill, const Hdf5Isolation& isolation) {
  std::unique_ptr<FileReader> reader = open_reader(path, isolation);
  const std::string name = name_of(*reader, dataset, [](std::size_t rank) { return rank >= 2; });
  const Hdf5Info info = reader->info(name);
  const std::vector<std::int64_t> shape(info.shape.begin() + (info.shape.empty() ? 0 : 1), info.shape.end());
  if (info.shape.size() < 2 || data::value_count(shape).value_or(0) == 0)
    throw FileError(path.string(), data_set_place(name),
                    "samples, so at least 2 dimensions, none but the first of them 0",
                    fmt::format("shape {}", data::shape_text(info.shape)));
  const std::string shown = fmt::format("{}:{}", path.string(), name);
  const bool as_pixels = info.is_bytes && bytes == data::BytesAre::pixels;
  const std::uint64_t count = data::value_count(info.shape).value_or(0);
  const bool as_bytes = as_pixels && !info.may_be_missing;
  if (count > held / (as_bytes ? 1 : sizeof(float))) {
    const Selection one = reader->select(name, Rows{0, 1}, as_bytes);
    if (one.offset == 0)
      return {shown, shape, std::make_unique<Hdf5Values>(std::move(reader), name, info, as_pixels), fill};
    const data::InputFile values(path, one.offset, count * one.stored.size, shown);
    return {shown, shape, data::Window(values, data::read_as(one.stored, bytes), count), fill};
  }
  if (as_bytes) return {shown, shape, read_all<std::uint8_t>(*reader, name)};
  std::vector<float> values = read_all<float>(*reader, name);
  if (as_pixels) std::for_each(values.begin(), values.end(), [](float& value) { value /= 255.0f; });
  return {shown, shape, std::move(values), {}, fill};
}

std::vector<std::uint8_t> read_hdf5_labels(const std::filesystem::path& path, const std::string& dataset,
                                           const Hdf5Isolation& isolation) {
  const std::unique_ptr<FileReader> reader = open_reader(path, isolation);
  const std::string name = name_of(*reader, dataset, [](std::size_t rank) { return rank == 1; });
  const Hdf5Info info = reader->info(name);
  const std::string place = data_set_place(name);
  if (info.shape.size() != 1 || info.shape[0] == 0)
    throw FileError(path.string(), place, "labels: 1 dimension, not 0",
                    fmt::format("shape {}", data::shape_text(info.shape)));
  std::vector<std::uint8_t> labels;
  for (const float number : read_all<float>(*reader, name)) {
    // A NaN is none either.
    if (!(number >= 0.0f && number <= 255.0f) || number != static_cast<float>(static_cast<std::uint8_t>(number)))
      throw FileError(path.string(), fmt::format("{}, position {}", place, labels.size()), "a label from 0 to 255",
                      fmt::format("{}", number));
    labels.push_back(static_cast<std::uint8_t>(number));
  }
  return labels;
}

}  // namespace isthmus::interchange
