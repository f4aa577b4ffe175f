// A file, or one within a ZIP archive, as a row of bytes that is read once, from its beginning to its end; every
// format is read through it. It takes no header's word for a size: memory grows with the bytes that really come.
#pragma once

#include <isthmus/data/numbers.hpp>
#include <isthmus/data/zip.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace isthmus::data {

/// Whether a file that begins as gzip does (bytes 1f 8b, whatever its name) is decompressed while it is read.
enum class Decoding { plain, gzip_if_marked };

/// A regular file, one within a ZIP archive, or a part of one, open for reading. Sizes and positions count decoded
/// bytes.
class InputFile {
 public:
  /// Throws FileError if `path` is missing, unreadable or no regular file.
  InputFile(const std::filesystem::path& path, Decoding decoding);
  /// The entry of the archive `archive`; messages name it `ARCHIVE:shown_name`. Throws FileError, also if it is
  /// encrypted, compressed by anything but deflate, or not where the directory says.
  InputFile(const std::filesystem::path& archive, const ZipEntry& entry, const std::string& shown_name);
  /// `size` bytes of `path` from byte `begin` on, as they are; messages name them `shown_name`. Throws FileError,
  /// also if the file ends before.
  InputFile(const std::filesystem::path& path, std::uint64_t begin, std::uint64_t size,
            const std::string& shown_name);
  InputFile(const InputFile&) = delete;
  InputFile& operator=(const InputFile&) = delete;
  ~InputFile();

  /// The path, as messages name it.
  const std::string& name() const { return name_; }
  /// Bytes read so far, which is the offset of the next one.
  std::uint64_t position() const { return position_; }
  /// The most bytes that the file can give in all: its size, or for compressed data the most that they can expand
  /// to.
  std::uint64_t most_bytes() const { return most_bytes_; }
  bool compressed() const { return inflated_ != nullptr; }
  /// The offset, in the file on disk, at which the data begin that are read here.
  std::uint64_t begin() const { return begin_; }

  /// Reads up to `size` bytes and returns how many came: fewer only at the end. Throws FileError if the
  /// system cannot read, or if compressed data are damaged or cut short.
  std::size_t read(void* to, std::size_t size);

  /// Reads up to `size` bytes from byte `at` on as they are stored, wherever reading is, and returns how many
  /// came. Throws FileError if the system cannot read.
  std::size_t read_at(std::uint64_t at, void* to, std::size_t size) const;

  /// Reads `size` bytes of a header. Throws FileError if the file ends before; `what` says what was expected.
  void read_header(void* to, std::size_t size, const std::string& what);

  /// Reads, as text, a header of a size that the file itself states; otherwise like `read_header`.
  std::string read_header_text(std::uint64_t size, const std::string& what);

  /// Reads `count` values of the trivial type T, after which the file must end. Throws FileError, stating the
  /// file's whole size, if there are fewer or more; never allocates more than about what the file gives.
  template <class T>
  std::vector<T> read_rest(std::uint64_t count) {
    require_room_for(count, sizeof(T));
    const std::uint64_t end = position_ + count * sizeof(T);
    auto values = gathered<T>(count, [&](T* to, std::size_t n) { read_data(to, n * sizeof(T), end); });
    require_end();
    return values;
  }

  /// Reads `count` values of `size` bytes each and converts them, otherwise like the function above: `convert` is
  /// given a piece of the stored values, their number, and the place for the converted ones.
  template <class T, class Convert>
  std::vector<T> read_rest(std::uint64_t count, std::size_t size, const Convert& convert) {
    require_room_for(count, size);
    const std::uint64_t end = position_ + count * size;
    std::array<unsigned char, 16384> piece;
    auto values = gathered<T>(count, [&](T* to, std::size_t n) {
      for (std::size_t done = 0; done < n;) {
        const std::size_t some = std::min(piece.size() / size, n - done);
        read_data(piece.data(), some * size, end);
        convert(piece.data(), some, to + done);
        done += some;
      }
    });
    require_end();
    return values;
  }

  /// Reads `count` numbers of `type`, after which the file must end, as floats. Throws FileError as well, with the
  /// place and the number, if one is beyond the range of floats.
  std::vector<float> read_floats(std::uint64_t count, NumberType type);

  /// Throws FileError if bytes are left, or if those that were read are not what an archive noted of them.
  void require_end();

  /// Throws what read_rest of so many values of `value_size` bytes would throw, going by the size of a file that
  /// is not compressed; reads nothing.
  void require_rest(std::uint64_t count, std::size_t value_size) const;

  /// Another descriptor of the open file, the caller's to close. Throws FileError.
  int duplicate_descriptor() const;

 private:
  struct Inflated;
  /// An open descriptor, closed in the end.
  struct Descriptor {
    explicit Descriptor(int opened) : number(opened) {}
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    ~Descriptor();
    const int number;
  };

  /// Reads `count` values: `fill` is given the place for the next ones and their number.
  template <class T, class Fill>
  std::vector<T> gathered(std::uint64_t count, const Fill& fill) {
    // Beyond this many bytes a compressed file has to prove, by giving them, that it holds more.
    constexpr std::size_t unproved = std::size_t{4} << 20;
    const auto wanted = static_cast<std::size_t>(count);
    std::vector<T> values(compressed() ? std::min(wanted, unproved / sizeof(T)) : wanted);
    for (std::size_t done = 0;;) {
      fill(values.data() + done, values.size() - done);
      done = values.size();
      if (done == wanted) break;
      values.resize(std::min(wanted, 2 * done));
    }
    return values;
  }
  void require_room_for(std::uint64_t count, std::size_t value_size) const;
  void read_data(void* to, std::size_t size, std::uint64_t end);

  std::string name_;
  Descriptor descriptor_;
  std::uint64_t begin_ = 0;
  std::uint64_t position_ = 0;
  std::uint64_t most_bytes_ = 0;
  std::optional<std::uint32_t> expected_sum_;  ///< CRC-32 of all bytes, of an archive's entry
  std::uint32_t sum_ = 0;
  std::unique_ptr<Inflated> inflated_;
};

}  // namespace isthmus::data
