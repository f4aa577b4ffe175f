#include <isthmus/data/input_file.hpp>
#include <isthmus/error.hpp>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include <algorithm>
#include <boost/iostreams/concepts.hpp>
#include <boost/iostreams/filter/gzip.hpp>
#include <boost/iostreams/filter/zlib.hpp>
#include <boost/iostreams/filtering_streambuf.hpp>
#include <boost/iostreams/read.hpp>
#include <cerrno>

#include "beyond_floats.hpp"
#include "little_endian.hpp"

namespace isthmus::data {
namespace {

namespace io = boost::iostreams;

// Deflate's largest ratio (zlib's technical details): a match of 258 bytes in 2 bits.
constexpr std::uint64_t largest_ratio = 1032;

std::string place(std::uint64_t position) { return fmt::format("byte {}", position); }

std::size_t read_descriptor(int descriptor, std::uint64_t at, char* to, std::size_t size,
                            const std::string& name) {
  std::size_t done = 0;
  while (done < size) {
    const ssize_t got = ::pread(descriptor, to + done, size - done, static_cast<off_t>(at + done));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) throw FileError::system(name, "read", errno);
    if (got == 0) break;
    done += static_cast<std::size_t>(got);
  }
  return done;
}

/// A device of Boost.Iostreams: the bytes [at, end) of a file.
struct PartOfFile {
  using char_type = char;
  using category = io::source_tag;

  std::streamsize read(char* to, std::streamsize size) {
    const auto wanted = static_cast<std::size_t>(std::min(static_cast<std::uint64_t>(size), end - at));
    const std::size_t got = read_descriptor(descriptor, at, to, wanted, *name);
    at += got;
    return got == 0 ? -1 : static_cast<std::streamsize>(got);
  }

  int descriptor;
  const std::string* name;
  std::uint64_t at, end;
};

/// O_NONBLOCK: opening a pipe would wait for its writer, and the answer is no anyway.
int open_to_read(const std::filesystem::path& path) {
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (descriptor < 0) throw FileError::system(path.string(), "open", errno);
  return descriptor;
}

std::uint64_t size_of_regular(int descriptor, const std::string& name) {
  struct stat status{};
  if (::fstat(descriptor, &status) != 0) throw FileError::system(name, "read the size", errno);
  if (S_ISREG(status.st_mode)) return static_cast<std::uint64_t>(status.st_size);
  throw FileError(name, "", "a regular file", S_ISDIR(status.st_mode) ? "a folder" : "something else");
}

}  // namespace

struct InputFile::Inflated {
  template <class Decompressor>
  Inflated(const char* named, const Decompressor& decompressor, const PartOfFile& packed) : format(named) {
    buffer.push(decompressor, buffer_size);
    buffer.push(packed, buffer_size);
  }
  static constexpr int buffer_size = 1 << 16;
  const char* format;
  io::filtering_streambuf<io::input> buffer;
};

InputFile::Descriptor::~Descriptor() { ::close(number); }

InputFile::InputFile(const std::filesystem::path& path, Decoding decoding)
    : name_(path.string()), descriptor_(open_to_read(path)) {
  const std::uint64_t size = size_of_regular(descriptor_.number, name_);
  most_bytes_ = size;
  unsigned char mark[2] = {};
  if (decoding == Decoding::plain || read_at(0, mark, 2) < 2 || mark[0] != 0x1f || mark[1] != 0x8b) return;
  const io::gzip_decompressor decompressor(io::zlib::default_window_bits, Inflated::buffer_size);
  inflated_ = std::make_unique<Inflated>("gzip", decompressor, PartOfFile{descriptor_.number, &name_, 0, size});
  most_bytes_ *= largest_ratio;
}

InputFile::InputFile(const std::filesystem::path& archive, const ZipEntry& entry, const std::string& shown_name)
    : name_(fmt::format("{}:{}", archive.string(), shown_name)), descriptor_(open_to_read(archive)) {
  constexpr std::size_t header_size = 30;
  constexpr std::uint16_t stored = 0, deflate = 8;
  if (entry.encrypted) throw FileError(name_, "", "data that are not encrypted", "encrypted ones");
  if (entry.method != stored && entry.method != deflate)
    throw FileError(name_, "", "data stored or compressed by deflate",
                    fmt::format("ZIP's method {}", entry.method));
  const std::uint64_t size = size_of_regular(descriptor_.number, name_);
  std::string header(header_size, '\0');
  if (entry.header_at > size || read_at(entry.header_at, header.data(), header.size()) < header.size() ||
      !header.starts_with("PK\x03\x04"))
    throw FileError(name_, place(entry.header_at) + " of the archive", "its header", "none");
  begin_ = entry.header_at + header_size + little_endian<std::uint16_t>(header, 26) +
           little_endian<std::uint16_t>(header, 28);
  if (begin_ > size || entry.stored_size > size - begin_)
    throw FileError(name_, place(begin_) + " of the archive", fmt::format("{} bytes of data", entry.stored_size),
                    "the end of the file before");
  if (entry.method == stored && entry.size != entry.stored_size)
    throw FileError(name_, "", fmt::format("{} bytes, as many as are stored", entry.stored_size),
                    fmt::format("a size of {}", entry.size));
  expected_sum_ = entry.crc32;
  most_bytes_ = entry.size;
  if (entry.method == stored) return;
  io::zlib_params raw;
  raw.noheader = true;
  inflated_ =
      std::make_unique<Inflated>("deflate", io::zlib_decompressor(raw, Inflated::buffer_size),
                                 PartOfFile{descriptor_.number, &name_, begin_, begin_ + entry.stored_size});
  most_bytes_ = std::min(most_bytes_, entry.stored_size * largest_ratio);
}

InputFile::InputFile(const std::filesystem::path& path, std::uint64_t begin, std::uint64_t size,
                     const std::string& shown_name)
    : name_(shown_name), descriptor_(open_to_read(path)), begin_(begin), most_bytes_(size) {
  const std::uint64_t all = size_of_regular(descriptor_.number, name_);
  if (begin > all || size > all - begin)
    throw FileError(name_, place(begin) + " of the file", fmt::format("{} bytes", size),
                    fmt::format("{} bytes in all", all));
}

InputFile::~InputFile() = default;

std::size_t InputFile::read_at(std::uint64_t at, void* to, std::size_t size) const {
  return read_descriptor(descriptor_.number, at, static_cast<char*>(to), size, name_);
}

std::size_t InputFile::read(void* to, std::size_t size) {
  char* const bytes = static_cast<char*>(to);
  std::size_t done = 0;
  if (!inflated_) {
    // Behind a part of a file there are others.
    const std::uint64_t left = most_bytes_ - std::min(position_, most_bytes_);
    const std::size_t wanted = begin_ > 0 ? static_cast<std::size_t>(std::min<std::uint64_t>(size, left)) : size;
    done = read_at(begin_ + position_, bytes, wanted);
  } else {
    try {
      while (done < size) {
        const auto got = io::read(inflated_->buffer, bytes + done, static_cast<std::streamsize>(size - done));
        if (got <= 0) break;
        done += static_cast<std::size_t>(got);
      }
    } catch (const std::ios_base::failure&) {
      throw FileError(name_, place(position_ + done) + " of the decompressed data",
                      fmt::format("intact {} data", inflated_->format), "damaged or cut short");
    }
  }
  // For a null address zlib returns the initial sum, so a read of no bytes must not update it.
  if (expected_sum_ && done > 0)
    sum_ = static_cast<std::uint32_t>(::crc32_z(sum_, reinterpret_cast<const Bytef*>(bytes), done));
  position_ += done;
  return done;
}

void InputFile::read_header(void* to, std::size_t size, const std::string& what) {
  const std::uint64_t begin = position_;
  const std::size_t got = read(to, size);
  if (got == size) return;
  if (position_ == 0) throw FileError(name_, "", what, "an empty file");
  throw FileError(name_, place(begin), fmt::format("{} ({} bytes)", what, size),
                  fmt::format("the end of the file after {}", got));
}

std::string InputFile::read_header_text(std::uint64_t size, const std::string& what) {
  const auto text = gathered<char>(size, [&](char* to, std::size_t n) { read_header(to, n, what); });
  return {text.begin(), text.end()};
}

void InputFile::require_room_for(std::uint64_t count, std::size_t value_size) const {
  const std::uint64_t room = most_bytes_ - std::min(most_bytes_, position_);
  if (count <= room / value_size) return;
  std::uint64_t total = 0;
  const bool overflow = __builtin_mul_overflow(count, std::uint64_t{value_size}, &total) ||
                        __builtin_add_overflow(total, position_, &total);
  throw FileError(name_, place(position_),
                  overflow ? std::string("a size below 2^64 bytes") : fmt::format("{} bytes in all", total),
                  fmt::format("{}{}", compressed() ? "at most " : "", most_bytes_));
}

void InputFile::read_data(void* to, std::size_t size, std::uint64_t end) {
  if (read(to, size) == size) return;
  throw FileError(name_, place(position_), fmt::format("{} bytes in all", end), fmt::format("{}", position_));
}

std::vector<float> InputFile::read_floats(std::uint64_t count, NumberType type) {
  if (type == NumberType{}) return read_rest<float>(count);
  return read_rest<float>(count, type.size, [&](const unsigned char* from, std::size_t n, float* to) {
    const std::size_t good = to_floats(type, from, n, to);
    if (good == n) return;
    throw beyond_floats(name_, position_ - (n - good) * type.size, type, from + good * type.size);
  });
}

void InputFile::require_end() {
  const std::uint64_t end = position_;
  char extra = 0;
  if (read(&extra, 1) != 0)
    throw FileError(name_, place(end), "the end of the file",
                    compressed() ? std::string("more data") : fmt::format("{} more bytes", most_bytes_ - end));
  if (expected_sum_ && sum_ != *expected_sum_)
    throw FileError(name_, "", fmt::format("data whose CRC-32 is {:08x}", *expected_sum_),
                    fmt::format("{:08x}: they are damaged", sum_));
}

void InputFile::require_rest(std::uint64_t count, std::size_t value_size) const {
  require_room_for(count, value_size);
  const std::uint64_t end = position_ + count * value_size;
  if (end == most_bytes_) return;
  throw FileError(name_, place(end), "the end of the file", fmt::format("{} more bytes", most_bytes_ - end));
}

int InputFile::duplicate_descriptor() const {
  const int copy = ::fcntl(descriptor_.number, F_DUPFD_CLOEXEC, 0);
  if (copy < 0) throw FileError::system(name_, "keep open", errno);
  return copy;
}

}  // namespace isthmus::data
