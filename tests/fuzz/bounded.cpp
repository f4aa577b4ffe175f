// Fields within a bound: the bytes as they are, and once more as a header and a content in a string that is sound
// otherwise, so that what is behind the checksum and the compression is seen.
#include "target.hpp"

#include <isthmus/data/bounded.hpp>

#include "data/bounded_header.hpp"

#include <array>
#include <cstring>
#include <string>
#include <vector>

using namespace isthmus::data;

namespace {

/// Fields of more values than this only take time.
constexpr std::size_t most_values = 1 << 14;

/// A guess of as many values, of all sizes, NaN among them.
std::vector<float> guess_of(std::size_t values) {
  std::vector<float> guess(values);
  for (std::size_t i = 0; i < values; ++i) {
    const std::uint32_t bits = static_cast<std::uint32_t>(i) * 2654435761u;
    std::memcpy(&guess[i], &bits, sizeof bits);
  }
  return guess;
}

void decode(std::string_view bytes, const std::vector<float>& guess) {
  // The field, the content of up to 20 bytes for each of its values, where the exact ones are, and one block.
  constexpr fuzz::MemoryBound bound{.fixed = std::size_t{1} << 18, .per_byte = 9};
  fuzz::check("field", bytes.size() + guess.size() * sizeof(float), bound, [&](const auto& name) {
    if (decode_bounded(bytes, guess, "fuzz", name.string()).size() != guess.size()) fuzz::fail("another size");
  });
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(bytes), size);
  constexpr fuzz::MemoryBound of_header{.fixed = 4096, .per_byte = 2};
  fuzz::check("field", size, of_header, [&](const auto& name) { describe_bounded(input, name.string()); });
  BoundedHeader header;
  if (size < sizeof header) return 0;
  std::memcpy(&header, bytes, sizeof header);
  const std::vector<float> guess =
      guess_of(header.values < most_values ? static_cast<std::size_t>(header.values) : 0);
  decode(input, guess);
  header.guess_checksum = checksum_of(guess);
  const std::array sections{std::string(input.substr(sizeof header))};
  decode(join_bounded(header, "fuzz", sections), guess);
  return 0;
}
