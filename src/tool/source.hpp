// Where the tool's samples come from: what data/ reads, and HDF5 if the tool was built with it.
#pragma once

#include <isthmus/data/source.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace isthmus::tool {

/// Whether a file begins as HDF5 files do; false if it cannot be read.
bool begins_as_hdf5(const std::string& path);

/// As data::load_samples, or FILE.h5:DATASET (.hdf5 as well), which is held in any case: numbers of any type in at
/// least 2 dimensions, the first of which counts the samples; unsigned bytes are read as byte / 255. Throws
/// FileError, naming the data set, and NumberError for NaN or infinity.
data::Samples load_samples(const std::string& source, std::uint64_t held);

/// As data::load_labels, or FILE.h5:DATASET: integers from 0 to 255 in one dimension. Throws FileError.
std::vector<std::uint8_t> load_labels(const std::string& source);

/// As data::load_data_set, or FILE.h5:DATASET, whose last tenth is for validation.
data::DataSet load_data_set(const std::string& source, std::uint64_t held);

}  // namespace isthmus::tool
