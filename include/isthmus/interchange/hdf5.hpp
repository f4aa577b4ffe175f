// HDF5: data sets out of other programs' files, and files for other programs. In the library isthmus::hdf5, which is
// there if Isthmus was built where HDF5 is. Source: The HDF Group, "HDF5 Reference Manual", 1.10.
#pragma once

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

/// What is known of a data set without reading it.
struct Hdf5Info {
  std::vector<std::int64_t> shape;  ///< {} is a single number
  bool is_bytes = false;            ///< unsigned integers of 8 bits
  bool is_integer = false;          ///< integers of any size
};

class FileReader;

/// How a file is kept from doing harm: HDF5 1.10 has faults of its own, so that a damaged file can crash it,
/// keep it busy for ever, or make it take memory without end.
struct Hdf5Isolation {
  /// The library HDF5 runs in a child of this process (fork), which ends with the Hdf5File, and what befalls it
  /// there is a FileError here. It may take 64 MiB, four times the file's size, and what a piece of the values
  /// and the chunks that it lies in need. Without this it runs in this process: for files that one has written
  /// oneself, where a process must not fork (as some of MPI's networks have it), or cannot because it has most
  /// of the machine's memory.
  bool own_process = true;
  /// How long the child may take for an answer or a piece of the values; at least a second.
  std::chrono::seconds most_silence{60};
};

/// An HDF5 file, open for reading. Objects are named by their paths, `/` between the parts; the one that begins a
/// path may be left out. What HDF5 prints of errors is off while a function runs; everything throws FileError that
/// names the file, the object and what was expected of it. For one thread at a time.
class Hdf5File {
 public:
  /// Throws FileError if `path` is missing, unreadable or no HDF5 file.
  explicit Hdf5File(const std::filesystem::path& path, const Hdf5Isolation& isolation = {});
  Hdf5File(Hdf5File&&) noexcept;
  ~Hdf5File();

  /// The path, as messages name it.
  const std::string& name() const { return name_; }

  /// The paths of all data sets, each beginning with `/`, in the order of their names within a group.
  std::vector<std::string> datasets() const;

  /// Throws if there is no such data set, or if it holds anything but integers or floating-point numbers.
  Hdf5Info info(const std::string& dataset) const;

  /// All values, row-major, converted to floats by HDF5. A shape that the file is too small for is refused before
  /// memory is taken for it.
  std::vector<float> read(const std::string& dataset) const;

  /// The rows [first, first + count) of the first dimension, count × the other dimensions' values.
  std::vector<float> read_rows(const std::string& dataset, std::int64_t first, std::int64_t count) const;

  /// All values of a data set of unsigned bytes, as they are.
  std::vector<std::uint8_t> read_bytes(const std::string& dataset) const;

  /// The strings of an attribute, one or an array of them, of an object (`/` is the file's root): of fixed or
  /// variable length. Nothing if there is no such attribute. Throws if it has values that are no strings.
  std::optional<std::vector<std::string>> texts(const std::string& object, const std::string& attribute) const;

  /// The number of an attribute of one number. Nothing if there is no such attribute. Throws if it is anything else.
  std::optional<double> number(const std::string& object, const std::string& attribute) const;

 private:
  std::string name_;
  std::unique_ptr<FileReader> reader_;
};

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

/// Writes a file of these data sets, then the attributes; one of an object that is not there makes a group. The file
/// is written beside `path`, synced and renamed. Throws ShapeError if a shape does not have as many values as are
/// given, FileError if the file cannot be written or a path is empty or taken, an earlier `path` untouched.
void write_hdf5(const std::filesystem::path& path, std::span<const Hdf5Data> data,
                std::span<const Hdf5Attribute> attributes = {});

}  // namespace isthmus::interchange
