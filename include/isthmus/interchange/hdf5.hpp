// HDF5 and NetCDF: data sets out of other programs' files, and HDF5 files for other programs. In the library
// isthmus::hdf5, which is there if Isthmus was built where HDF5 is. Sources: The HDF Group, "HDF5 Reference
// Manual", 1.10; Unidata, "NetCDF Users Guide"; "NetCDF Climate and Forecast (CF) Metadata Conventions", 1.11.
#pragma once

#include <isthmus/data/numbers.hpp>
#include <isthmus/data/samples.hpp>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

namespace isthmus::interchange {

/// The properties of a data set that are known without reading its values.
struct Hdf5Info {
  std::vector<std::int64_t> shape;  ///< {} is a single number
  bool is_bytes = false;            ///< unsigned integers of 8 bits that stand for themselves
  bool may_be_missing = false;      ///< whether some values may be read as NaN
  bool is_dimension = false;        ///< a dimension of NetCDF that has no values of its own
  bool is_integer = false;          ///< integers of any size that stand for themselves
};

class FileReader;

/// The isolation of a file that may be damaged: HDF5 1.10 has defects, by which such a file can crash it, put it
/// into an endless loop, or make it allocate memory without limit.
struct Hdf5Isolation {
  /// The file is read in another process, which ends with the Hdf5File, and what befalls it there is a FileError
  /// here. It may take 64 MiB, four times the file's size, and what a piece of the values and the chunks that it
  /// lies in need. It is a small program that this library carries within itself and starts by posix_spawn: the
  /// host is not copied, so that this does no harm where MPI's network has memory of the host's in use. It costs
  /// some milliseconds, and wants /proc and a system that starts programs without a name (memfd_create). Without
  /// this the file is read in the host's own process: for files that one has written oneself, where a process must
  /// not start others.
  bool own_process = true;
  /// The time that process may take for an answer or a piece of the values; at least a second.
  std::chrono::seconds most_silence{60};
  /// The most bytes of values that take no room in the file, because they were never written or are all alike;
  /// more of them are refused, except where they are read row by row.
  std::uint64_t most_unstored = std::uint64_t{256} << 20;
};

/// An HDF5 file, open for reading, or one of NetCDF: NetCDF-4 files are HDF5, and the classic formats (CDF-1,
/// CDF-2, CDF-5) are read if Isthmus was built where the library NetCDF is. Objects are named by their paths, `/`
/// between the parts; the one that begins a path may be left out. What HDF5 prints of errors is off while a
/// function runs; everything throws FileError that names the file, the object and what was expected of it. For one
/// thread at a time.
class Hdf5File {
 public:
  /// Throws FileError if `path` is missing, unreadable, no such file, or open for writing elsewhere.
  explicit Hdf5File(const std::filesystem::path& path, const Hdf5Isolation& isolation = {});
  Hdf5File(Hdf5File&&) noexcept;
  ~Hdf5File();

  /// The path, as messages name it.
  const std::string& name() const { return name_; }

  /// The paths of all data sets, each beginning with `/`, in the order of their names within a group.
  std::vector<std::string> datasets() const;

  /// Throws if there is no such data set, if it is in another file, or if it holds anything but integers or
  /// floating-point numbers.
  Hdf5Info info(const std::string& dataset) const;

  /// All values, row-major, as floats: what the stored numbers stand for by the CF conventions, NaN for a missing
  /// one. scale_factor and add_offset are applied. Missing is what equals _FillValue or one of missing_value, or
  /// lies out of valid_range, valid_min or valid_max, compared as it is stored, before it is scaled; and, in a
  /// file that NetCDF has written, where there is no _FillValue, what NetCDF fills unwritten values of more than a
  /// byte with. NetCDF has written a classic file, one with an attribute _NCProperties or _nc3_strict of the
  /// whole, and a data set with a DIMENSION_LIST. _Unsigned is heeded. What was never written is the data set's
  /// fill value. A shape that the file is too small for is refused before memory is taken for it, and so is a data
  /// set whose filter HDF5 does not find.
  std::vector<float> read(const std::string& dataset) const;

  /// The rows [first, first + count) of the first dimension, count × the other dimensions' values.
  std::vector<float> read_rows(const std::string& dataset, std::int64_t first, std::int64_t count) const;

  /// All values of a data set of unsigned bytes that stand for themselves, as they are stored.
  std::vector<std::uint8_t> read_bytes(const std::string& dataset) const;

  /// The strings of an attribute, one or an array of them, of an object (`/` is the file's root): of fixed or
  /// variable length. Nothing if there is no such attribute. Throws if it has values that are no strings.
  std::optional<std::vector<std::string>> texts(const std::string& object, const std::string& attribute) const;

  /// The number of an attribute of one number. Nothing if there is no such attribute. Throws if it is anything
  /// else.
  std::optional<double> number(const std::string& object, const std::string& attribute) const;

 private:
  std::string name_;
  std::unique_ptr<FileReader> reader_;
};

/// The samples of a data set, as Hdf5File::read gives them: numbers of any type in at least two dimensions, the
/// first of which counts the samples and may be 0. `dataset` may be empty if there is only one, or only one of so
/// many dimensions; `bytes` says what unsigned bytes are that stand for themselves; a missing value becomes
/// `fill`. Of more than `held` bytes, as floats or bytes, they stay in the file and are read while they are used:
/// by as many threads at a time as want to, if they lie in one piece and stand for themselves, else by one after
/// the other. Messages name them `FILE:DATASET`. Throws FileError, with the names that there are if `dataset` is
/// none of them, and NumberError for infinity, and for a missing value without a `fill`.
data::Samples read_hdf5_samples(const std::filesystem::path& path, const std::string& dataset,
                                std::uint64_t held = data::usually_held,
                                data::BytesAre bytes = data::BytesAre::pixels, data::Fill fill = {},
                                const Hdf5Isolation& isolation = {});

/// Labels, one for each sample, out of a data set: integers from 0 to 255 in one dimension. `dataset` may be empty
/// if there is only one of it. Throws FileError.
std::vector<std::uint8_t> read_hdf5_labels(const std::filesystem::path& path, const std::string& dataset,
                                           const Hdf5Isolation& isolation = {});

/// A named value beside the data: a string, an array of strings (of a fixed length in the file, as Keras writes
/// them), or a number (a 64-bit integer or a double).
struct Hdf5Attribute {
  std::string object;  ///< path of a data set or group; `/` is the file's root
  std::string name;
  std::variant<std::string, std::vector<std::string>, std::int64_t, double> value;
};

/// Floats are stored as 32-bit little-endian floats, bytes as unsigned 8-bit integers.
struct Hdf5Data {
  std::string path;  ///< groups on the way are made: `/layers/dense/vars/0`
  std::vector<std::int64_t> shape;
  std::variant<std::span<const float>, std::span<const std::uint8_t>> values;
};

/// Writes a file of these data sets, then the attributes; one of an object that is not there makes a group. The
/// file is written beside `path`, synced and renamed. Throws ShapeError if a shape does not have as many values as
/// are given, FileError if the file cannot be written or a path is empty or taken, an earlier `path` untouched.
void write_hdf5(const std::filesystem::path& path, std::span<const Hdf5Data> data,
                std::span<const Hdf5Attribute> attributes = {});

}  // namespace isthmus::interchange
