// .npy files, plain: arrays, samples, held and read from the file, labels; pixels and numbers.
#include "target.hpp"

#include <isthmus/data/npy.hpp>

using namespace isthmus::data;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  // Input that begins like a gzip file belongs to the target gzip.
  if (size >= 2 && bytes[0] == 0x1f && bytes[1] == 0x8b) return 0;
  // A dimension takes two bytes of the header, and eight of memory; a byte becomes a float, in Fortran order
  // twice.
  constexpr fuzz::MemoryBound bound{.fixed = 4096, .per_byte = 16};
  const auto path = fuzz::file_of(bytes, size);
  fuzz::check(path, size, bound, [](const auto& file) { read_npy(file); });
  fuzz::check(path, size, bound, [](const auto& file) { read_npy_samples(file); });
  fuzz::check(path, size, bound, [](const auto& file) { read_npy_samples(file, 0).mean(); });
  fuzz::check(path, size, bound, [](const auto& file) { read_npy_samples(file, 0, BytesAre::numbers).mean(); });
  fuzz::check(path, size, bound, [](const auto& file) { read_npy_labels(file); });
  return 0;
}
