// Values that stay in a file which a library of its own reads.
#pragma once

#include <cstddef>
#include <cstdint>

namespace isthmus::data {

/// The values of samples. Any number of threads may read.
class FileValues {
 public:
  FileValues() = default;
  FileValues(const FileValues&) = delete;
  FileValues& operator=(const FileValues&) = delete;
  virtual ~FileValues() = default;

  /// The number of values.
  virtual std::uint64_t size() const = 0;
  /// Whether they are the pixels of images, bytes that stand for byte / 255, and none of them is missing.
  virtual bool pixels() const = 0;

  /// The values [first, first + n), which are whole samples that exist; NaN for a missing one. Throws FileError.
  virtual void read(std::uint64_t first, std::size_t n, float* out) const = 0;
  /// Reads the values of pixels as the bytes that are stored, otherwise like `read`.
  virtual void read_bytes(std::uint64_t first, std::size_t n, std::uint8_t* out) const = 0;
};

}  // namespace isthmus::data
