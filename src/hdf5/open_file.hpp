// An HDF5 file that is open in this process.
#pragma once

#include <isthmus/error.hpp>

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "file_reader.hpp"
#include "handle.hpp"

namespace isthmus::interchange {

/// HDF5 prints nothing of errors while one of its functions runs.
class OpenFile final : public FileReader {
 public:
  /// `size` is that of the file, in bytes. Throws FileError if it is no HDF5 file.
  OpenFile(std::string name, std::uint64_t size);

  std::vector<std::string> datasets() override;
  Hdf5Info info(const std::string& dataset) override;
  Selection select(const std::string& dataset, const std::optional<Rows>& rows, bool as_bytes) override;
  void read(const std::string& dataset, const Selection& selection, std::span<float> values) override;
  void read(const std::string& dataset, const Selection& selection, std::span<std::uint8_t> values) override;
  std::optional<std::vector<std::string>> texts(const std::string& object, const std::string& attribute) override;
  std::optional<double> number(const std::string& object, const std::string& attribute) override;

 private:
  /// A data set, open, and what is known of it.
  struct DataSet {
    Handle data, type, space;
    std::vector<std::int64_t> shape;
    bool is_bytes = false, is_integer = false, is_bfloat16 = false;
  };

  FileError wrong(const std::string& dataset, const std::string& expected, const std::string& found) const;
  FileError unreadable(const std::string& dataset) const;
  FileError wrong_attribute(const std::string& object, const std::string& attribute, const std::string& expected,
                            const std::string& found) const;

  std::vector<std::string> paths() const;
  std::string known() const;
  DataSet open(const std::string& dataset) const;
  std::vector<std::int64_t> checked_chunk(const DataSet& set, const std::string& dataset,
                                          std::span<const std::int64_t> wanted) const;
  void read(const std::string& dataset, const Selection& selection, hid_t type, void* values,
            std::size_t size) const;
  std::optional<std::vector<std::string>> find_texts(const std::string& object,
                                                     const std::string& attribute) const;
  Handle find_attribute(const std::string& object, const std::string& name) const;

  std::string name_;
  std::uint64_t size_;
  Handle file_;
  Handle within_;  ///< for opening by path
};

}  // namespace isthmus::interchange
