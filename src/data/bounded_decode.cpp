#include <isthmus/data/bounded.hpp>
#include <isthmus/error.hpp>

#include <algorithm>
#include <array>
#include <bit>
#include <memory>
#include <vector>

#include "bounded_blocks.hpp"
#include "bounded_header.hpp"
#include "bounded_packing.hpp"

namespace isthmus::data {
namespace {

/// Reads what must be there; every complaint names the place in the content.
class ContentReader {
 public:
  ContentReader(std::string_view bytes, const std::string& source) : bytes_(bytes), source_(source) {}

  std::string_view take(std::uint64_t size, const char* what) {
    if (size > bytes_.size() - at_) refuse(what, "the end");
    const auto taken = bytes_.substr(at_, static_cast<std::size_t>(size));
    at_ += static_cast<std::size_t>(size);
    return taken;
  }
  std::uint64_t leb128() {
    std::uint64_t number = 0;
    for (int shift = 0; shift < 63; shift += 7) {
      const auto byte = static_cast<std::uint8_t>(take(1, "a distance")[0]);
      number |= static_cast<std::uint64_t>(byte & 127) << shift;
      if (byte < 128) return number;
    }
    refuse("a distance of at most 63 bits", "a longer one");
  }
  [[noreturn]] void refuse(const std::string& expected, const std::string& found) const {
    throw FileError(source_, "byte " + std::to_string(at_) + " of the content", expected, found);
  }
  bool at_end() const { return at_ == bytes_.size(); }

 private:
  std::string_view bytes_;
  const std::string& source_;
  std::size_t at_ = 0;
};

/// The sections that blocks read their steps from.
struct StepSections {
  std::array<std::string_view, packings.size()> packed;
  std::array<std::string_view, most_planes> planes;
};

/// The next `size` bytes of a section, whose size has been checked.
std::string_view next(std::string_view& section, std::size_t size) {
  const std::string_view bytes = section.substr(0, size);
  section.remove_prefix(size);
  return bytes;
}

int layout_in(char block) { return static_cast<std::uint8_t>(block) / 8; }

StepSections take_sections(ContentReader& reader, std::string_view blocks, const BlockGrid& grid) {
  std::array<std::uint64_t, packings.size()> packed{};
  std::array<std::uint64_t, most_planes> planes{};
  for (std::int64_t i = 0; i < grid.count(); ++i) {
    const char block = blocks[static_cast<std::size_t>(i)];
    const int layout = layout_in(block), count = block_of(grid, i).count();
    if (static_cast<std::uint8_t>(block) % 8 >= predictions || layout >= layouts)
      reader.refuse("a known prediction and layout", "others");
    if (layout >= first_packing) {
      packed[static_cast<std::size_t>(layout - first_packing)] += packed_size(layout - first_packing, count);
    } else {
      for (int plane = 0; plane < layout; ++plane)
        planes[static_cast<std::size_t>(plane)] += static_cast<std::uint64_t>(count);
    }
  }
  StepSections sections;
  for (std::size_t i = 0; i < packed.size(); ++i) sections.packed[i] = reader.take(packed[i], "packed steps");
  for (std::size_t i = 0; i < planes.size(); ++i) sections.planes[i] = reader.take(planes[i], "a plane of steps");
  return sections;
}

/// The zigzagged steps of a block.
void read_steps(StepSections& sections, ContentReader& large, int layout, int count, Steps& steps) {
  if (layout >= first_packing) {
    const auto packing = static_cast<std::size_t>(layout - first_packing);
    const std::string_view packed = next(sections.packed[packing], packed_size(layout - first_packing, count));
    const auto next_large = [&] { return static_cast<std::uint32_t>(large.leb128()); };
    if (packing == 0) unpack<0>(packed, count, steps, next_large);
    else if (packing == 1) unpack<1>(packed, count, steps, next_large);
    else unpack<2>(packed, count, steps, next_large);
    return;
  }
  std::fill_n(steps.begin(), count, 0u);
  for (int plane = 0; plane < layout; ++plane) {
    const std::string_view bytes =
        next(sections.planes[static_cast<std::size_t>(plane)], static_cast<std::size_t>(count));
    for (std::size_t i = 0; i < bytes.size(); ++i)
      steps[i] |= static_cast<std::uint32_t>(static_cast<std::uint8_t>(bytes[i])) << (8 * plane);
  }
}

void require_guess(const ParsedBounded& parsed, std::span<const float> guess, std::string_view maker,
                   const std::string& source) {
  if (guess.size() != parsed.header.values)
    throw FileError(source, "values", std::to_string(guess.size()) + ", as the guess has",
                    std::to_string(parsed.header.values));
  if (checksum_of(guess) != parsed.header.guess_checksum)
    throw FileError(source, "checksum of the guess",
                    "the bits that \"" + std::string(parsed.maker) + "\" made when this was written",
                    "others, made by \"" + std::string(maker) + "\"");
}

}  // namespace

std::vector<float> decode_bounded(std::string_view bytes, std::span<const float> guess, std::string_view maker,
                                  const std::string& source) {
  const ParsedBounded parsed = parse_bounded(bytes, source);
  require_guess(parsed, guess, maker, source);
  const BoundedHeader& header = parsed.header;
  const std::string content = content_of(parsed, source);
  ContentReader reader(content, source);
  const auto width = static_cast<std::int64_t>(header.width);
  const BlockGrid grid = BlockGrid::of(static_cast<std::int64_t>(header.values) / width, width);

  const std::string_view blocks = reader.take(static_cast<std::uint64_t>(grid.count()), "a byte for each block");
  StepSections sections = take_sections(reader, blocks, grid);
  std::vector<std::uint64_t> places(static_cast<std::size_t>(header.exact));
  std::uint64_t behind = 0;
  for (std::uint64_t& place : places) {
    const std::uint64_t gap = reader.leb128();
    if (gap >= header.values - behind) reader.refuse("an exact value within the field", "one behind its end");
    place = behind + gap;
    behind = place + 1;
  }
  std::array<std::string_view, 4> exact;
  for (std::string_view& plane : exact) plane = reader.take(header.exact, "a plane of exact values");

  std::vector<float> field(guess.size());
  const double step = 2.0 * header.epsilon;
  const auto steps = std::make_unique<Steps>();
  std::size_t done = 0;  // of the exact values
  std::uint64_t first = 0;
  for (std::int64_t i = 0; i < grid.count(); ++i) {
    const Block block = block_of(grid, i);
    const char kind = blocks[static_cast<std::size_t>(i)];
    const Prediction prediction = prediction_of(static_cast<std::uint8_t>(kind) % 8);
    const auto count = static_cast<std::size_t>(block.count());
    // Steps that are too large for a packing are last in the content, where the reader is now.
    read_steps(sections, reader, layout_in(kind), block.count(), *steps);
    for (std::size_t at = 0; at < count; ++at) (*steps)[at] = unzigzag((*steps)[at]);
    for (int order = 0; order < prediction.order; ++order) add_neighbours(*steps, block);
    for (int row = 0; row < block.rows; ++row) {
      const auto start = static_cast<std::size_t>(block.first + row * width);
      for (int column = 0; column < block.columns; ++column) {
        const std::size_t at = start + static_cast<std::size_t>(column);
        const std::uint32_t value = (*steps)[static_cast<std::size_t>(row * block.columns + column)];
        field[at] = value_of(prediction.from_guess ? guess[at] : 0.0f, static_cast<std::int32_t>(value), step);
      }
    }
    for (; done < places.size() && places[done] < first + count; ++done) {
      const auto at = static_cast<std::int64_t>(places[done] - first);
      std::uint32_t bits = 0;
      for (std::size_t plane = 0; plane < 4; ++plane)
        bits |= static_cast<std::uint32_t>(static_cast<std::uint8_t>(exact[plane][done])) << (8 * plane);
      field[static_cast<std::size_t>(block.first + at / block.columns * width + at % block.columns)] =
          std::bit_cast<float>(bits);
    }
    first += count;
  }
  if (!reader.at_end()) reader.refuse("the end", "more bytes");
  return field;
}

}  // namespace isthmus::data
