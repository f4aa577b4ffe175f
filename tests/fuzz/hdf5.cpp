// HDF5 files: every data set of them in every way, and attributes of the names that the corpus has. What the
// library HDF5 does in its own process is an error like any other.
#include "target.hpp"

#include <isthmus/interchange/hdf5.hpp>
#include <isthmus/interchange/import_hdf5.hpp>

#include <algorithm>
#include <chrono>
#include <string>
#include <vector>

using namespace isthmus::interchange;

namespace {

/// More data sets of a file than this only take time.
constexpr std::size_t most_tried = 16;

/// One way to read, which may throw as the reader says.
template <class Read>
void attempt(const Read& read) {
  try {
    read();
  } catch (const isthmus::Error&) {
  }
}

constexpr Hdf5Isolation patience{.most_silence = std::chrono::seconds{1}};

void read_all(const std::filesystem::path& path) {
  const Hdf5File file(path, patience);
  std::vector<std::string> names = file.datasets();
  names.resize(std::min(names.size(), most_tried));
  for (const std::string& name : names) {
    attempt([&] { file.info(name); });
    attempt([&] { file.read(name); });
    attempt([&] { file.read_bytes(name); });
    attempt([&] { file.read_rows(name, 1, 2); });
  }
  names.insert(names.end(), {"/", "/layers", "/made"});
  for (const std::string& object : names)
    for (const char* attribute : {"format", "names", "count", "bound"}) {
      attempt([&] { file.texts(object, attribute); });
      attempt([&] { file.number(object, attribute); });
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  // Deflate expands by up to 1032, to bytes that become floats. The child's limit is its own.
  constexpr fuzz::MemoryBound bound{.fixed = 65536, .per_byte = 4 * 1032};
  const auto path = fuzz::named_file_of(bytes, size);
  fuzz::check(path, size, bound, read_all);
  fuzz::check(path, size, bound, [](const auto& file) { read_hdf5_weights(file, patience); });
  return 0;
}
