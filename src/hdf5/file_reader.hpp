// What reads an HDF5 file: the library HDF5 in this process, or in another one.
#pragma once

#include <isthmus/interchange/hdf5.hpp>

#include <cstdint>
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

/// What is to be read of a data set, found to be in the file.
struct Selection {
  Rows rows;
  std::int64_t row_values = 0;    ///< the values of a row
  std::int64_t rows_at_once = 1;  ///< so many are read best: no chunk of them is needed twice
  std::uint64_t memory = 0;       ///< bytes that HDF5 takes for that, beside the values

  std::uint64_t values() const {
    return static_cast<std::uint64_t>(rows.count) * static_cast<std::uint64_t>(row_values);
  }
  static void fields(auto& self, const auto& each) {
    each(self.rows), each(self.row_values), each(self.rows_at_once), each(self.memory);
  }
};

/// As Hdf5File has these, which see. Everything throws FileError.
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
  /// The values of what was selected, as many as `values` has room for.
  virtual void read(const std::string& dataset, const Selection& selection, std::span<float> values) = 0;
  virtual void read(const std::string& dataset, const Selection& selection, std::span<std::uint8_t> values) = 0;

  virtual std::optional<std::vector<std::string>> texts(const std::string& object,
                                                        const std::string& attribute) = 0;
  virtual std::optional<double> number(const std::string& object, const std::string& attribute) = 0;
};

}  // namespace isthmus::interchange
