#include <isthmus/data/window.hpp>
#include <isthmus/error.hpp>

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

#include "beyond_floats.hpp"

namespace isthmus::data {
Window::Window(const InputFile& file, NumberType type, std::uint64_t count)
    : name_(file.name()),
      descriptor_(-1),
      type_(type),
      file_begin_(file.begin()),
      begin_(file.begin() + file.position()),
      count_(count) {
  if (file.compressed()) throw FileError(name_, "", "a file that is not compressed", "compressed data");
  file.require_rest(count, type.size);
  end_ = begin_ + count * type.size;
  descriptor_ = file.duplicate_descriptor();
}

Window::Window(Window&& other) noexcept
    : name_(std::move(other.name_)),
      descriptor_(std::exchange(other.descriptor_, -1)),
      type_(other.type_),
      file_begin_(other.file_begin_),
      begin_(other.begin_),
      end_(other.end_),
      count_(other.count_) {}

Window::~Window() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

void Window::read(std::uint64_t first, std::size_t n, float* out) const {
  if (type_ == NumberType{}) return read_stored(first * sizeof(float), n * sizeof(float), out);
  // A buffer that fits the stack of any thread; a system call costs little beside so many conversions.
  std::array<unsigned char, 16384> piece;
  for (std::size_t done = 0; done < n;) {
    const std::size_t some = std::min(piece.size() / type_.size, n - done);
    const std::uint64_t offset = (first + done) * type_.size;
    read_stored(offset, some * type_.size, piece.data());
    const std::size_t good = to_floats(type_, piece.data(), some, out + done);
    if (good < some) {
      const std::size_t at = good * type_.size;
      throw beyond_floats(name_, begin_ - file_begin_ + offset + at, type_, piece.data() + at);
    }
    done += some;
  }
}

void Window::read_bytes(std::uint64_t first, std::size_t n, std::uint8_t* out) const {
  read_stored(first, n, out);
}

void Window::read_stored(std::uint64_t offset, std::size_t size, void* out) const {
  char* const to = static_cast<char*>(out);
  for (std::size_t done = 0; done < size;) {
    const std::uint64_t at = begin_ + offset + done;
    const ssize_t got = ::pread(descriptor_, to + done, size - done, static_cast<off_t>(at));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) throw FileError::system(name_, fmt::format("read at byte {}", at), errno);
    if (got == 0) fail_short(at);
    done += static_cast<std::size_t>(got);
  }
}

void Window::fail_short(std::uint64_t at) const {
  struct stat status{};
  if (::fstat(descriptor_, &status) != 0) throw FileError::system(name_, "read the size", errno);
  const char* const what = file_begin_ == 0 ? "bytes in all" : "bytes of the whole file";
  throw FileError(name_, fmt::format("byte {}", at), fmt::format("{} {}, as when it was opened", end_, what),
                  fmt::format("{}", status.st_size));
}

}  // namespace isthmus::data
