// history.csv, for programs that look at a run. What is read is written to the same epochs again.
#include "target.hpp"

#include <isthmus/report/history.hpp>

#include <string>

using namespace isthmus::report;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  // A field takes a comma of the file and a string of memory, in vectors that double.
  constexpr fuzz::MemoryBound bound{.fixed = 16384, .per_byte = 256};
  const auto path = fuzz::file_of(bytes, size);
  std::string text;
  fuzz::check(path, size, bound, [&](const auto& file) { text = to_csv(from_csv(file)); });
  if (text.empty()) return 0;
  const auto copy = fuzz::file_of(reinterpret_cast<const std::uint8_t*>(text.data()), text.size());
  if (to_csv(from_csv(copy)) != text) fuzz::fail("a history that changes when it is written and read");
  return 0;
}
