// The common part of all fuzz targets: it makes a file of the input's bytes, lets a reader read it, and checks
// how much memory the reader took. A target is a LLVMFuzzerTestOneInput: tests/fuzz/run links it with libFuzzer,
// the tests with replay.cpp.
#pragma once

#include <isthmus/error.hpp>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string_view>

namespace fuzz {

/// The most memory that a reader may hold at once: `fixed` bytes and `per_byte` for each of the file's.
struct MemoryBound {
  std::size_t fixed = 0;
  std::size_t per_byte = 0;
};

/// Values that stay in their file take nothing that grows with it.
inline constexpr MemoryBound of_window{.fixed = 4096, .per_byte = 0};

/// The file that `bytes` are written to, in memory, the same for every call.
std::filesystem::path file_of(const std::uint8_t* bytes, std::size_t size);
/// The same for a library that wants a file with a real name: in the folder for temporary files, removed when the
/// program ends, unless by a finding.
std::filesystem::path named_file_of(const std::uint8_t* bytes, std::size_t size);

/// Begins to watch what is allocated: all of it under the address sanitizer, what comes from operator new
/// otherwise.
void start_counting();
/// The largest sum of live bytes since then.
std::size_t peak_bytes();
/// Says so and aborts, which both libFuzzer and the tests take for a finding.
[[noreturn]] void fail(std::string_view what);

/// Lets `read` have the file. It may throw what the readers say that they throw, with a message of one line that
/// names the file; anything else is a finding, and so is memory beyond `bound`.
template <class Read>
void check(const std::filesystem::path& path, std::size_t size, MemoryBound bound, const Read& read) {
  start_counting();
  try {
    read(path);
  } catch (const isthmus::Error& error) {
    const std::string_view message = error.what();
    if (message.find('\n') != std::string_view::npos) fail("a message of more than one line");
    if (!message.starts_with(path.string())) fail("a message that does not begin with the file's name");
  }
  if (peak_bytes() > bound.fixed + bound.per_byte * size) fail("more memory than a file of this size may cost");
}

}  // namespace fuzz
