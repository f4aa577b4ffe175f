// The sources of the tool's samples: all that data/ reads, and HDF5 and NetCDF if the tool was built with them.
#pragma once

#include <isthmus/data/source.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace isthmus::tool {

/// The settings of a command that reads samples.
struct Reading {
  std::uint64_t held = data::usually_held;  ///< files of up to so many bytes are held in memory
  data::Fill fill = {};                     ///< the replacement of missing values
};

/// Reads samples as data::load_samples does, or FILE:DATASET as interchange::read_hdf5_samples does. Throws
/// FileError, and NumberError for infinity, and for a missing value without a fill value.
data::Samples load_samples(const std::string& source, const Reading& reading, data::BytesAre bytes);

/// Reads labels as data::load_labels does, or FILE:DATASET as interchange::read_hdf5_labels does. Throws
/// FileError.
std::vector<std::uint8_t> load_labels(const std::string& source);

/// Reads a data set as data::load_data_set does, or FILE:DATASET, whose last tenth is for validation. `bytes` says
/// what unsigned bytes of a file are.
data::DataSet load_data_set(const std::string& source, const Reading& reading,
                            data::BytesAre bytes = data::BytesAre::pixels);

}  // namespace isthmus::tool
