// Where data come from: a name that everybody knows, or a file. The tool's `--data` is passed here as it is.
#pragma once

#include <isthmus/data/samples.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace isthmus::data {

/// Samples to train on, and samples of the same shape that training never sees.
struct DataSet {
  Samples train;
  Samples validation;
};

/// Reads one file, IDX (plain or .gz) or .npy; its first bytes tell which. One of more than `held` bytes that is
/// not compressed stays where it is and is read while the samples are used. Throws FileError, and NumberError for
/// NaN or infinity.
Samples load_samples(const std::string& path, std::uint64_t held = usually_held);

/// Reads labels from one file, IDX (plain or .gz) or .npy of integers; its first bytes tell which. Throws
/// FileError.
std::vector<std::uint8_t> load_labels(const std::string& path);

/// The samples of one source as both parts: the last tenth, at least one sample, is for validation. Throws FileError
/// if there are fewer than two.
DataSet with_validation(const Samples& all);

/// Reads a data set. `mnist` and `fashion-mnist` are looked for by their standard file names
/// (train-images-idx3-ubyte and so on, plain or .gz) in $ISTHMUS_DATA/<name>, then in
/// ${XDG_DATA_HOME:-$HOME/.local/share}/isthmus/<name>, then where Debian's package dataset-<name> has them,
/// and come with labels if these are there. Anything else is a path as load_samples takes it, split by
/// with_validation; a file called `mnist` is reached as `./mnist`. `held` counts for each file, as load_samples
/// has it. Throws FileError, and NumberError for NaN or infinity.
DataSet load_data_set(const std::string& source, std::uint64_t held = usually_held);

}  // namespace isthmus::data
