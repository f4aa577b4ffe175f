#include <isthmus/data/input_file.hpp>
#include <isthmus/error.hpp>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/iostreams/device/file_descriptor.hpp>
#include <boost/iostreams/filter/gzip.hpp>
#include <boost/iostreams/filtering_streambuf.hpp>
#include <boost/iostreams/read.hpp>
#include <cerrno>
#include <limits>

namespace isthmus::data {
namespace {

namespace io = boost::iostreams;

// Deflate's largest ratio (zlib's technical details): a match of 258 bytes in 2 bits.
constexpr std::uint64_t largest_gzip_ratio = 1032;

std::string place(std::uint64_t position) { return fmt::format("byte {}", position); }

std::size_t read_descriptor(int descriptor, char* to, std::size_t size, const std::string& name) {
  std::size_t done = 0;
  while (done < size) {
    const ssize_t got = ::read(descriptor, to + done, size - done);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) throw FileError::system(name, "read", errno);
    if (got == 0) break;
    done += static_cast<std::size_t>(got);
  }
  return done;
}

}  // namespace

struct InputFile::Gzip {
  explicit Gzip(int descriptor) {
    constexpr int buffer_size = 1 << 16;
    buffer.push(io::gzip_decompressor(io::zlib::default_window_bits, buffer_size), buffer_size);
    buffer.push(io::file_descriptor_source(descriptor, io::never_close_handle), buffer_size);
  }
  io::filtering_streambuf<io::input> buffer;
};

InputFile::InputFile(const std::filesystem::path& path, Decoding decoding) : name_(path.string()) {
  // O_NONBLOCK: opening a pipe would wait for its writer, and the answer is no anyway.
  descriptor_ = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (descriptor_ < 0) throw FileError::system(name_, "open", errno);
  try {
    struct stat status{};
    if (::fstat(descriptor_, &status) != 0) throw FileError::system(name_, "read the size", errno);
    if (!S_ISREG(status.st_mode)) {
      throw FileError(name_, "", "a regular file", S_ISDIR(status.st_mode) ? "a folder" : "something else");
    }
    most_bytes_ = static_cast<std::uint64_t>(status.st_size);
    unsigned char mark[2] = {};
    if (decoding == Decoding::gzip_if_marked && ::pread(descriptor_, mark, 2, 0) == 2 && mark[0] == 0x1f &&
        mark[1] == 0x8b) {
      gzip_ = std::make_unique<Gzip>(descriptor_);
      most_bytes_ *= largest_gzip_ratio;
    }
  } catch (...) {
    ::close(descriptor_);
    throw;
  }
}

InputFile::~InputFile() {
  gzip_.reset();
  ::close(descriptor_);
}

std::size_t InputFile::read(void* to, std::size_t size) {
  std::size_t done = 0;
  if (!gzip_) {
    done = read_descriptor(descriptor_, static_cast<char*>(to), size, name_);
  } else {
    try {
      while (done < size) {
        const auto got =
            io::read(gzip_->buffer, static_cast<char*>(to) + done, static_cast<std::streamsize>(size - done));
        if (got <= 0) break;
        done += static_cast<std::size_t>(got);
      }
    } catch (const std::ios_base::failure&) {
      throw FileError(name_, place(position_ + done) + " of the decompressed data", "intact gzip data",
                      "damaged or cut short");
    }
  }
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

void InputFile::require_end() {
  const std::uint64_t end = position_;
  char extra = 0;
  if (read(&extra, 1) == 0) return;
  throw FileError(name_, place(end), "the end of the file",
                  compressed() ? std::string("more data") : fmt::format("{} more bytes", most_bytes_ - end));
}

void InputFile::require_rest(std::uint64_t count, std::size_t value_size) const {
  require_room_for(count, value_size);
  const std::uint64_t end = position_ + count * value_size;
  if (end == most_bytes_) return;
  throw FileError(name_, place(end), "the end of the file", fmt::format("{} more bytes", most_bytes_ - end));
}

int InputFile::duplicate_descriptor() const {
  const int copy = ::fcntl(descriptor_, F_DUPFD_CLOEXEC, 0);
  if (copy < 0) throw FileError::system(name_, "keep open", errno);
  return copy;
}

}  // namespace isthmus::data
