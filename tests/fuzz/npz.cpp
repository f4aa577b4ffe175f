// .npz archives, and whatever else recognise is to tell: the directory, and each array of the archive as samples,
// held and read from the archive, and as labels.
#include "target.hpp"

#include <isthmus/data/file_kind.hpp>
#include <isthmus/data/npy.hpp>

#include <algorithm>
#include <string>
#include <vector>

using namespace isthmus::data;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  // Deflate expands by up to 1032, and what it gives becomes floats, in Fortran order twice.
  constexpr fuzz::MemoryBound bound{.fixed = std::size_t{5} << 20, .per_byte = 16 * 1032};
  // The end of an archive is looked for in 64 KB, an entry of its directory takes at least 46 bytes; and three
  // buffers of 64 KB begin to decompress.
  constexpr fuzz::MemoryBound of_directory{.fixed = std::size_t{512} << 10, .per_byte = 16};
  const auto path = fuzz::file_of(bytes, size);
  fuzz::check(path, size, of_directory, [](const auto& file) { found_text(recognise(file), Wanted::samples); });
  std::vector<std::string> names;
  fuzz::check(path, size, of_directory, [&](const auto& file) { names = npz_names(file); });
  names.resize(std::min<std::size_t>(names.size(), 4));
  names.emplace_back();
  for (const std::string& name : names) {
    fuzz::check(path, size, bound, [&](const auto& file) { read_npz(file, name); });
    fuzz::check(path, size, bound, [&](const auto& file) { read_npz_samples(file, name, 0).mean(); });
    fuzz::check(path, size, bound, [&](const auto& file) { read_npz_labels(file, name); });
  }
  return 0;
}
