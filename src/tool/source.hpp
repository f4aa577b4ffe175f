// Where the tool's samples come from: what data/ reads, and HDF5 and NetCDF if the tool was built with them.
#pragma once

#include <isthmus/data/source.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace isthmus::tool {

/// What a command that reads samples is told of it.
struct Reading {
  std::uint64_t held = data::usually_held;  ///< files of up to so many bytes are held in memory
  data::Fill fill = {};                     ///< what a missing value becomes
};

/// As data::load_samples, or FILE:DATASET as interchange::read_hdf5_samples. Throws FileError, and NumberError for
/// infinity, and for a missing value that becomes nothing.
data::Samples load_samples(const std::string& source, const Reading& reading, data::BytesAre bytes);

/// As data::load_labels, or FILE:DATASET as interchange::read_hdf5_labels. Throws FileError.
std::vector<std::uint8_t> load_labels(const std::string& source);

/// As data::load_data_set, or FILE:DATASET, whose last tenth is for validation.
data::DataSet load_data_set(const std::string& source, const Reading& reading);

}  // namespace isthmus::tool
