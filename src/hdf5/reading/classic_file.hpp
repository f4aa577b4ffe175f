// A file in one of NetCDF's classic formats (CDF-1, CDF-2, CDF-5) that is open in this process.
#pragma once

#include <isthmus/error.hpp>

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "file_reader.hpp"
#include "unpacking.hpp"

namespace isthmus::interchange {

/// A file in a classic format of NetCDF. Its variables are data sets, with `/` before their names; `/` alone is
/// the object of the file's own attributes.
class ClassicFile final : public FileReader {
 public:
  /// Throws FileError if the library NetCDF cannot read it, or if it is shorter than its header says.
  explicit ClassicFile(FileToOpen file);
  ~ClassicFile() override;

  std::vector<std::string> datasets() override;
  Hdf5Info info(const std::string& dataset) override;
  Selection select(const std::string& dataset, const std::optional<Rows>& rows, bool as_bytes) override;
  void read(const std::string& dataset, const Selection& selection, std::span<float> values) override;
  void read(const std::string& dataset, const Selection& selection, std::span<std::uint8_t> values) override;
  std::optional<std::vector<std::string>> texts(const std::string& object, const std::string& attribute) override;
  std::optional<double> number(const std::string& object, const std::string& attribute) override;

 private:
  struct Variable {
    std::string path;
    int id = 0;
    std::vector<std::int64_t> shape;
    Unpacking unpacking;

    bool is_bytes() const { return unpacking.type() == StoredType::u8 && !unpacking.scaled(); }
  };

  /// Throws unless the library's answer is that it has done so.
  void require(int status, const std::string& place) const;
  FileError wrong(const std::string& dataset, const std::string& expected, const std::string& found) const;
  void require_whole() const;
  std::optional<int> find(const std::string& object) const;
  int require_object(const std::string& object) const;
  const Variable& open(const std::string& dataset);
  std::optional<std::pair<int, std::size_t>> attribute(int variable, const std::string& object,
                                                       const char* name) const;
  std::optional<Numbers> numbers(int variable, const std::string& object, const char* name) const;
  std::optional<std::string> text(int variable, const std::string& object, const char* name) const;
  void read_stored(const Variable& variable, const Rows& rows, void* values, std::size_t size) const;

  FileToOpen source_;
  int id_ = -1;
  std::optional<Variable> last_;  ///< the one that was asked for last
};

}  // namespace isthmus::interchange
