// Where the tool's samples come from: what data/ reads, and HDF5 if the tool was built with it.
#pragma once

#include <isthmus/data/source.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace isthmus::tool {

/// As data::load_samples, or FILE:DATASET of an HDF5 file, which is held in any case: numbers of any type in at
/// least 2 dimensions, the first of which counts the samples and may be 0. Throws FileError, naming the data set,
/// and NumberError for NaN or infinity.
data::Samples load_samples(const std::string& source, std::uint64_t held, data::BytesAre bytes);

/// As data::load_labels, or FILE:DATASET of an HDF5 file: integers from 0 to 255 in one dimension. Throws
/// FileError.
std::vector<std::uint8_t> load_labels(const std::string& source);

/// As data::load_data_set, or FILE:DATASET of an HDF5 file, whose last tenth is for validation.
data::DataSet load_data_set(const std::string& source, std::uint64_t held);

}  // namespace isthmus::tool
