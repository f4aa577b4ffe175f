// Values that stay in their file and are read on demand: a data set larger than memory.
#pragma once

#include <isthmus/data/input_file.hpp>
#include <isthmus/data/numbers.hpp>

#include <cstddef>
#include <cstdint>
#include <string>

namespace isthmus::data {

/// The values at the end of an open file. Any number of threads may read; nothing is kept between two reads, and
/// nothing is mapped into memory. Whoever replaces the file by another one changes nothing here, since it stays
/// open; one that is written to meanwhile gives what it then holds.
class Window {
 public:
  /// `count` values from the file's position on, after which it must end; the window keeps the file open by
  /// itself. Throws FileError, as InputFile::read_rest does, if there are fewer or more; for a compressed file,
  /// which cannot be read at any place; and if the process may open no more files.
  Window(const InputFile& file, NumberType type, std::uint64_t count);
  Window(Window&& other) noexcept;
  Window(const Window&) = delete;
  Window& operator=(const Window&) = delete;
  ~Window();

  NumberType type() const { return type_; }
  std::uint64_t size() const { return count_; }

  /// The values [first, first + n), which must exist, as floats; nothing is allocated but for an exception. Throws
  /// FileError if the file has become shorter or the system cannot read, and if a number is beyond the range of
  /// floats.
  void read(std::uint64_t first, std::size_t n, float* out) const;

  /// Reads the values of pixels as the bytes that are stored, otherwise like `read`.
  void read_bytes(std::uint64_t first, std::size_t n, std::uint8_t* out) const;

 private:
  void read_stored(std::uint64_t offset, std::size_t size, void* out) const;
  /// Throws the FileError that says that the file ends before byte `at`.
  [[noreturn]] void fail_short(std::uint64_t at) const;

  std::string name_;
  int descriptor_;
  NumberType type_;
  std::uint64_t file_begin_;  ///< the byte at which what is called name_ begins, other than 0 within an archive
  std::uint64_t begin_;       ///< the byte of the first value, and that behind the last one
  std::uint64_t end_;
  std::uint64_t count_;
};

}  // namespace isthmus::data
