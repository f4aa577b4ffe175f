// An HDF5 file that is open in this process.
#pragma once

#include <isthmus/error.hpp>

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "file_reader.hpp"
#include "handle.hpp"
#include "names.hpp"
#include "unpacking.hpp"

namespace isthmus::interchange {

/// HDF5 prints nothing of errors while one of its functions runs.
class OpenFile final : public FileReader {
 public:
  /// Throws FileError if it is no HDF5 file.
  explicit OpenFile(FileToOpen file);

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
    std::string path;
    Handle data, type, space;
    Handle native;  ///< the type that values have when they are read as they are stored
    std::vector<std::int64_t> shape;
    Unpacking unpacking;
    bool is_bfloat16 = false;  ///< bytes of which Keras's attribute says so: HDF5 has no such type
    std::uint64_t kept = 0;    ///< bytes of memory for chunks, if it is not what HDF5 usually keeps

    bool is_integer() const { return unpacking.type() < StoredType::f32 && !unpacking.scaled(); }
    bool is_bytes() const { return unpacking.type() == StoredType::u8 && !unpacking.scaled(); }
  };
  /// The storage of its values in the file.
  struct Storage {
    std::uint64_t size = 0;                ///< bytes stored
    std::vector<std::int64_t> chunk = {};  ///< the shape of chunks; {}: none
    std::uint64_t offset = 0;              ///< of values in one piece; 0: they are not
  };

  FileError wrong(const std::string& dataset, const std::string& expected, const std::string& found) const;
  FileError unreadable(const std::string& dataset) const;
  FileError wrong_attribute(const std::string& object, const std::string& attribute, const std::string& expected,
                            const std::string& found) const;
  [[noreturn]] void fail_to_open() const;

  std::vector<std::string> paths() const;
  std::string not_found(const std::string& dataset) const;
  const DataSet& open(const std::string& dataset);
  Unpacking unpacking_of(const std::string& dataset, StoredType type) const;

  Storage checked_storage(const DataSet& set, std::span<const std::int64_t> wanted) const;
  void require_filters(const std::string& dataset, hid_t properties) const;
  std::uint64_t keep_chunks(std::span<const std::int64_t> chunk);
  void read_stored(const DataSet& set, const Rows& rows, hid_t type, void* values, std::size_t size) const;

  Handle find_attribute(const std::string& object, const std::string& name) const;
  Numbers numbers_of(const Handle& attribute, const std::string& object, const std::string& name) const;
  std::vector<std::string> texts_of(const Handle& attribute, const std::string& object,
                                    const std::string& name) const;

  FileToOpen source_;
  Handle file_;
  Handle within_;  ///< for opening by path
  bool by_netcdf_ = false;
  /// The data set that was asked for last: what HDF5 keeps of its chunks is kept with it.
  std::optional<DataSet> last_;
};

/// Numbers as processors have them; nothing for any other form that a file can describe, such as an exponent that
/// lies outside of its number: what HDF5 does with those is not to be relied on. 16-bit floats are read as 32
/// bits.
std::optional<StoredType> stored_type_of(hid_t type);

/// The target of a link that leads to no data set: another file, or nothing; "" if the name is no link.
/// `access` is the list of properties for opening by path.
std::string where_link_leads(hid_t file, hid_t access, std::string_view path);

}  // namespace isthmus::interchange
