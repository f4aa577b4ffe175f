#include <isthmus/data/window.hpp>
#include <isthmus/error.hpp>

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

#include "convert.hpp"

namespace isthmus::data {
namespace {

std::size_t size_of(Stored stored) { return stored == Stored::byte ? 1 : sizeof(float); }

}  // namespace

Window::Window(const InputFile& file, Stored stored, std::uint64_t count)
    : name_(file.name()), descriptor_(-1), stored_(stored), begin_(file.position()), count_(count) {
  if (file.compressed()) throw FileError(name_, "", "a file that is not compressed", "gzip data");
  file.require_rest(count, size_of(stored));
  end_ = begin_ + count * size_of(stored);
  descriptor_ = file.duplicate_descriptor();
}

Window::Window(Window&& other) noexcept
    : name_(std::move(other.name_)),
      descriptor_(std::exchange(other.descriptor_, -1)),
      stored_(other.stored_),
      begin_(other.begin_),
      end_(other.end_),
      count_(other.count_) {}

Window::~Window() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

void Window::read(std::uint64_t first, std::size_t n, float* out) const {
  if (stored_ != Stored::byte) {
    read_stored(first * sizeof(float), n * sizeof(float), out);
    if (stored_ == Stored::float_big_endian) swap_bytes(out, n);
    return;
  }
  // It fits the stack of any thread, and a system call costs little beside so many divisions.
  std::array<std::uint8_t, 16384> piece;
  for (std::size_t done = 0; done < n;) {
    const std::size_t size = std::min(piece.size(), n - done);
    read_stored(first + done, size, piece.data());
    fractions_of(piece.data(), size, out + done);
    done += size;
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
  throw FileError(name_, fmt::format("byte {}", at), fmt::format("{} bytes in all, as when it was opened", end_),
                  fmt::format("{}", status.st_size));
}

}  // namespace isthmus::data
