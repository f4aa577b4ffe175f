// Files compressed by gzip, as whatever they may hold. Deflate expands by up to 1032, what it gives becomes
// floats, and a reader doubles its memory while the data keep coming: so 16 bytes of memory for each that the file
// may give.
#include "target.hpp"

#include <isthmus/data/source.hpp>

using namespace isthmus::data;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  constexpr fuzz::MemoryBound bound{.fixed = std::size_t{5} << 20, .per_byte = 16 * 1032};
  const auto path = fuzz::file_of(bytes, size);
  fuzz::check(path, size, bound, [](const auto& file) { load_samples(file.string()); });
  fuzz::check(path, size, bound, [](const auto& file) { load_labels(file.string()); });
  return 0;
}
