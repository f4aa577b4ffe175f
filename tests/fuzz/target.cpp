#include "target.hpp"

#include <fcntl.h>
#include <malloc.h>
#include <pthread.h>
#include <sys/mman.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <new>
#include <string>

#if defined(__SANITIZE_ADDRESS__)
#define FUZZ_SANITIZED
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define FUZZ_SANITIZED
#endif
#endif
#ifdef FUZZ_SANITIZED
// As clang's <sanitizer/allocator_interface.h> has them, which GCC's sanitizer comes without.
extern "C" {
std::size_t __sanitizer_get_allocated_size(const volatile void* place);
int __sanitizer_install_malloc_and_free_hooks(void (*taken)(const volatile void*, std::size_t),
                                              void (*released)(const volatile void*));
void __sanitizer_set_death_callback(void (*callback)());
}
#endif

namespace fuzz {
namespace {

std::atomic<std::size_t> live{0}, highest{0}, at_start{0};

void fill(int descriptor, const std::uint8_t* bytes, std::size_t size) {
  if (descriptor < 0 || ::ftruncate(descriptor, 0) != 0 ||
      ::pwrite(descriptor, bytes, size, 0) != static_cast<ssize_t>(size))
    fail("no file to read from");
}

struct NamedFile {
  std::string path = (std::filesystem::temp_directory_path() / "isthmus-fuzz-XXXXXX").string();
  int descriptor = ::mkostemp(path.data(), O_CLOEXEC);
  ~NamedFile() { ::unlink(path.c_str()); }
};

}  // namespace

std::filesystem::path file_of(const std::uint8_t* bytes, std::size_t size) {
  static const int descriptor = ::memfd_create("fuzzed", MFD_CLOEXEC);
  fill(descriptor, bytes, size);
  return "/proc/self/fd/" + std::to_string(descriptor);
}

std::filesystem::path named_file_of(const std::uint8_t* bytes, std::size_t size) {
  static const NamedFile file;
  fill(file.descriptor, bytes, size);
  return file.path;
}

void start_counting() {
  at_start = live.load();
  highest = live.load();
}

std::size_t peak_bytes() { return highest - at_start; }

void fail(std::string_view what) {
  std::fprintf(stderr, "finding: %.*s\n", static_cast<int>(what.size()), what.data());
  std::abort();
}

#ifdef FUZZ_SANITIZED

namespace {

void taken(const volatile void*, std::size_t size) {
  const std::size_t now = live += size;
  if (now > highest) highest = now;
}
void released(const volatile void* place) {
  if (place != nullptr) live -= ::__sanitizer_get_allocated_size(place);
}

// The sanitizer has its own operators, and tells them from malloc.
[[maybe_unused]] const int hooks = ::__sanitizer_install_malloc_and_free_hooks(taken, released);
// A child that the sanitizer ends is for its parent to judge; libFuzzer would make a finding of it there.
[[maybe_unused]] const int children =
    ::pthread_atfork(nullptr, nullptr, [] { ::__sanitizer_set_death_callback(nullptr); });

}  // namespace
}  // namespace fuzz

#else

namespace {

void* allocate(std::size_t size, std::size_t alignment) {
  const std::size_t step = alignment == 0 ? 1 : alignment;
  const std::size_t rounded = (size + step - 1) / step * step;
  void* const place = alignment == 0 ? std::malloc(size == 0 ? 1 : size) : std::aligned_alloc(alignment, rounded);
  if (place == nullptr) throw std::bad_alloc();
  const std::size_t now = live += ::malloc_usable_size(place);
  if (now > highest) highest = now;
  return place;
}

void release(void* place) {
  if (place == nullptr) return;
  live -= ::malloc_usable_size(place);
  std::free(place);
}

}  // namespace
}  // namespace fuzz

void* operator new(std::size_t size) { return fuzz::allocate(size, 0); }
void* operator new(std::size_t size, std::align_val_t alignment) {
  return fuzz::allocate(size, static_cast<std::size_t>(alignment));
}
void operator delete(void* place) noexcept { fuzz::release(place); }
void operator delete(void* place, std::size_t) noexcept { fuzz::release(place); }
void operator delete(void* place, std::align_val_t) noexcept { fuzz::release(place); }
void operator delete(void* place, std::size_t, std::align_val_t) noexcept { fuzz::release(place); }

#endif
