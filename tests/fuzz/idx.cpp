// IDX files, plain: any array, samples, held and read from the file, labels.
#include "target.hpp"

#include <isthmus/data/idx.hpp>

using namespace isthmus::data;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  // Input that begins like a gzip file belongs to the target gzip.
  if (size >= 2 && bytes[0] == 0x1f && bytes[1] == 0x8b) return 0;
  // A byte becomes a float.
  constexpr fuzz::MemoryBound bound{.fixed = 4096, .per_byte = 5};
  const auto path = fuzz::file_of(bytes, size);
  fuzz::check(path, size, bound, [](const auto& file) { read_idx(file); });
  fuzz::check(path, size, bound, [](const auto& file) { read_idx_samples(file); });
  fuzz::check(path, size, fuzz::of_window, [](const auto& file) { read_idx_samples(file, 0).mean(); });
  fuzz::check(path, size, bound, [](const auto& file) { read_idx_labels(file); });
  return 0;
}
