// The sources of data: the name of a well-known data set, a file, or an array in a file. The tool's `--data` is
// passed here as it is.
#pragma once

#include <isthmus/data/file_kind.hpp>
#include <isthmus/data/numbers.hpp>
#include <isthmus/data/samples.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace isthmus::data {

/// Samples to train on, and samples of the same shape that training never sees.
struct DataSet {
  Samples train;
  Samples validation;
};

/// A file that is there, and what is meant of it.
struct Source {
  std::string file;
  std::string part;  ///< the name of an array in a file of several; empty if none was given
  RecognisedFile is;
};

/// Takes FILE or FILE:NAME apart: the file's name is the longest beginning, up to a colon or as a whole, that is
/// one. Nothing if there is no such file. Throws what recognise throws.
std::optional<Source> find_source(const std::string& source);

/// Whether load_samples and load_labels read such a file.
bool is_loaded(const RecognisedFile& file);

/// Reads samples from one file, IDX or .npy (each plain or compressed by gzip) or .npz:NAME; its first bytes tell
/// which, not its name. `bytes` says what unsigned bytes are. One of more than `held` bytes that is not compressed
/// (and not in Fortran order) stays where it is and is read while the samples are used. Throws FileError, which
/// names what the file is if it is none of these, and NumberError for infinity, and for NaN unless `fill` says
/// what that becomes.
Samples load_samples(const Source& source, std::uint64_t held = usually_held, BytesAre bytes = BytesAre::pixels,
                     Fill fill = {});
/// Reads samples from a source that is given as FILE or FILE:NAME.
Samples load_samples(const std::string& source, std::uint64_t held = usually_held,
                     BytesAre bytes = BytesAre::pixels, Fill fill = {});

/// Reads labels from such a file, of integers from 0 to 255. Throws FileError.
std::vector<std::uint8_t> load_labels(const Source& source);
std::vector<std::uint8_t> load_labels(const std::string& source);

/// The samples of one source as both parts: the last tenth, at least one sample, is for validation. Throws
/// FileError if there are fewer than two.
DataSet with_validation(const Samples& all);

/// Whether a source is not a file but one of the names that load_data_set knows.
bool is_known_name(const std::string& source);

/// Reads a data set. `mnist` and `fashion-mnist` are looked for by their standard file names
/// (train-images-idx3-ubyte and so on, plain or .gz) in `$ISTHMUS_DATA/NAME`, then in
/// `${XDG_DATA_HOME:-$HOME/.local/share}/isthmus/NAME`, then where Debian's package `dataset-NAME` has them,
/// and come with labels if these are there. Anything else is a source as load_samples takes it, split by
/// with_validation; a file called `mnist` is reached as `./mnist`. `held` counts for each file.
/// It and `fill` are as load_samples has them. Throws FileError and NumberError.
DataSet load_data_set(const std::string& source, std::uint64_t held = usually_held, Fill fill = {});

/// The error for a source that is neither a known name nor that of a file, of these formats.
FileError no_such_source(const std::string& source, const std::string& formats);

}  // namespace isthmus::data
