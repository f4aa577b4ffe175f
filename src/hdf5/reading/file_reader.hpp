// The readers of files of data sets: by the libraries HDF5 and NetCDF, in this process or in another one.
#pragma once

#include <isthmus/data/numbers.hpp>
#include <isthmus/error.hpp>
#include <isthmus/interchange/hdf5.hpp>

#include <algorithm>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace isthmus::interchange {

/// Rows of the first dimension: [first, first + count). A single number is a row.
struct Rows {
  std::int64_t first = 0;
  std::int64_t count = 0;

  static void fields(auto& self, const auto& each) { each(self.first), each(self.count); }
};

/// A part of a data set to be read, which was checked to be in the file.
struct Selection {
  Rows rows;
  std::int64_t row_values = 0;    ///< the values of a row
  std::int64_t rows_at_once = 1;  ///< so many are read best: no chunk of them is needed twice
  std::uint64_t memory = 0;       ///< bytes that the library takes for that, beside the values
  /// The byte at which all values of the data set begin, if they lie there as a window reads them; 0: they do not.
  std::uint64_t offset = 0;
  data::NumberType stored{};

  std::uint64_t values() const {
    return static_cast<std::uint64_t>(rows.count) * static_cast<std::uint64_t>(row_values);
  }
  /// The most values of a piece.
  std::int64_t piece_values() const { return std::min(rows_at_once, rows.count) * row_values; }
  static void fields(auto& self, const auto& each) {
    each(self.rows), each(self.row_values), each(self.rows_at_once), each(self.memory);
    each(self.offset), each(self.stored.kind), each(self.stored.size), each(self.stored.big_endian);
  }
};

/// The interface of readers; see Hdf5File for these functions. All of them throw FileError.
class FileReader {
 public:
  FileReader() = default;
  FileReader(const FileReader&) = delete;
  FileReader& operator=(const FileReader&) = delete;
  virtual ~FileReader() = default;

  virtual std::vector<std::string> datasets() = 0;
  virtual Hdf5Info info(const std::string& dataset) = 0;

  /// Rows of a data set, or all of it. Throws if it does not have them, or if `as_bytes` it has no bytes, or if
  /// the file has no room for them.
  virtual Selection select(const std::string& dataset, const std::optional<Rows>& rows, bool as_bytes) = 0;
  /// The values of rows that were selected, a piece or all of it, as many as `values` has room for. A missing one
  /// is NaN.
  virtual void read(const std::string& dataset, const Selection& selection, std::span<float> values) = 0;
  virtual void read(const std::string& dataset, const Selection& selection, std::span<std::uint8_t> values) = 0;

  virtual std::optional<std::vector<std::string>> texts(const std::string& object,
                                                        const std::string& attribute) = 0;
  virtual std::optional<double> number(const std::string& object, const std::string& attribute) = 0;
};

/// The rows of a data set of this shape, or all of it, in pieces of about a megabyte. `wrong` makes the error of
/// what was expected of the data set, and what was found; it is thrown if there are no such rows, or too many
/// values.
Selection selection_of(std::span<const std::int64_t> shape, const std::optional<Rows>& rows,
                       const std::function<FileError(const std::string&, const std::string&)>& wrong);

/// For a data set that was not found: the names of some that could have been meant.
std::string known_names(std::vector<std::string> paths);

/// The data that a reader needs to open a file.
struct FileToOpen {
  std::string name;
  std::uint64_t size = 0;           ///< bytes
  std::uint64_t most_unstored = 0;  ///< see Hdf5Isolation

  static void fields(auto& self, const auto& each) { each(self.name), each(self.size), each(self.most_unstored); }
};

/// Opens it in this process, by the library that its first bytes ask for. Throws FileError.
std::unique_ptr<FileReader> open_file(const FileToOpen& file);

}  // namespace isthmus::interchange
