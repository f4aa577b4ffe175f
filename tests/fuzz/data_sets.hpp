// A target reads each data set of a file in every way, and attributes of given names.
// A failure of the libraries HDF5 and NetCDF in their own process is an error like any other.
#pragma once

#include <isthmus/interchange/hdf5.hpp>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "target.hpp"

namespace fuzz {

constexpr isthmus::interchange::Hdf5Isolation patience{.most_silence = std::chrono::seconds{1},
                                                       .most_unstored = 16384};

/// Deflate expands by up to 1032, to bytes that become floats. The child's limit is its own.
constexpr MemoryBound of_data_sets{.fixed = 4 * 16384 + 65536, .per_byte = 4 * 1032};

/// One way to read, which may throw as the reader says.
template <class Read>
void attempt(const Read& read) {
  try {
    read();
  } catch (const isthmus::Error&) {
  }
}

inline void read_data_sets(const std::filesystem::path& path, std::span<const char* const> objects,
                           std::span<const char* const> attributes) {
  const isthmus::interchange::Hdf5File file(path, patience);
  std::vector<std::string> names = file.datasets();
  // More data sets of a file than this only take time.
  names.resize(std::min<std::size_t>(names.size(), 16));
  for (const std::string& name : names) {
    attempt([&] { file.info(name); });
    attempt([&] { file.read(name); });
    attempt([&] { file.read_bytes(name); });
    attempt([&] { file.read_rows(name, 1, 2); });
  }
  names.insert(names.end(), objects.begin(), objects.end());
  for (const std::string& object : names)
    for (const char* attribute : attributes) {
      attempt([&] { file.texts(object, attribute); });
      attempt([&] { file.number(object, attribute); });
    }
}

}  // namespace fuzz
