// The samples of a data set, read while they are used.
#pragma once

#include <isthmus/data/file_values.hpp>

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>

#include "reading/file_reader.hpp"

namespace isthmus::interchange {

/// Values that stay in an HDF5 file. Threads read one at a time, since HDF5 is not thread-safe. The reader that
/// keeps the file open is owned.
class Hdf5Values final : public data::FileValues {
 public:
  /// The values of a data set of at least two dimensions and one value. `as_pixels`: its bytes stand for byte /
  /// 255. Throws FileError if the file has no room for a sample.
  Hdf5Values(std::unique_ptr<FileReader> reader, std::string dataset, const Hdf5Info& info, bool as_pixels);

  std::uint64_t size() const override { return size_; }
  bool pixels() const override { return as_pixels_ && !may_be_missing_; }
  void read(std::uint64_t first, std::size_t n, float* out) const override;
  void read_bytes(std::uint64_t first, std::size_t n, std::uint8_t* out) const override;

 private:
  template <class T>
  void read_rows(std::uint64_t first, std::size_t n, T* out) const;

  mutable std::mutex one_at_a_time_;
  std::unique_ptr<FileReader> reader_;
  std::string dataset_;
  Selection piece_;  ///< how rows are read, as many as are read at once
  std::uint64_t size_;
  bool as_pixels_, may_be_missing_;
};

}  // namespace isthmus::interchange
