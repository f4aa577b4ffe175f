#include <isthmus/data/bounded.hpp>
#include <isthmus/error.hpp>

#include <algorithm>
#include <bit>
#include <cstring>
#include <memory>

#define XXH_INLINE_ALL
#include <xxhash.h>
#include <zstd.h>

#include "data/bounded_blocks.hpp"

// The string: a header of fixed size, the maker, a zstd frame, and the XXH3 of all before, numbers little-endian.
//   magic "isthmusB" · u32 version · u32 bytes of the maker · u64 values · u64 width · u64 exact values ·
//   u64 XXH3 of the guess · u64 bytes of the frame's content · f32 epsilon · u32 zero
// The frame's content: a byte for each block (prediction + 8 · planes); the blocks' steps, zigzagged, as planes of bytes,
// all lowest bytes first, a block having as many planes as its largest needs; then the exact values: how far each is from
// the one before as LEB128, and their bits as four planes.

namespace isthmus::data {
namespace {

static_assert(std::endian::native == std::endian::little, "streams are little-endian, and copied as they are");

constexpr std::string_view magic = "isthmusB";
constexpr std::uint32_t version = 1;
constexpr std::size_t checksum_size = 8;
constexpr int bits_of_exact = 34;  ///< what an exact value takes, with its place
constexpr int zstd_level = 1;  // Higher ones gain 1 to 2 % and take three times as long.

struct Header {
  char magic[8] = {};
  std::uint32_t version = 0;
  std::uint32_t maker_size = 0;
  std::uint64_t values = 0;
  std::uint64_t width = 0;
  std::uint64_t exact = 0;
  std::uint64_t guess_checksum = 0;
  std::uint64_t content = 0;
  float epsilon = 0;
  std::uint32_t zero = 0;
};
static_assert(sizeof(Header) == 64);

std::uint64_t checksum_of(const void* bytes, std::size_t size) { return XXH3_64bits(bytes, size); }

bool is_valid(float epsilon) { return std::isfinite(epsilon) && epsilon > 0; }

/// A block in the steps of one base, with the values that they do not reach.
struct Quantised {
  Steps steps;
  std::array<bool, block_values> exact;
  int exact_count = 0;
};

struct BlockValues {
  std::array<float, block_values> field, base;
};

void quantise(const BlockValues& values, int count, float epsilon, Quantised& quantised) {
  const double step = 2.0 * epsilon, per_step = 1.0 / step;
  std::int32_t last = 0;
  int exact_count = 0;
  for (int i = 0; i < count; ++i) {
    const auto at = static_cast<std::size_t>(i);
    const float x = values.field[at], base = values.base[at];
    // NaN and infinity, of either side, make NaN or infinity here, and neither is below the limit.
    const double steps = (static_cast<double>(x) - static_cast<double>(base)) * per_step;
    bool exact = true;
    if (std::abs(steps) < most_steps) {
      // To the nearest, in the default rounding mode, without a call.
      constexpr double shift = 6755399441055744.0;  // 1.5 · 2^52
      const auto rounded = static_cast<std::int32_t>((steps + shift) - shift);
      if (is_within(x, value_of(base, rounded, step), epsilon)) {
        last = rounded;
        exact = false;
      }
    }
    quantised.exact[at] = exact;
    // What stands for an exact value is like its neighbour, and so costs little.
    quantised.steps[at] = static_cast<std::uint32_t>(last);
    exact_count += exact;
  }
  quantised.exact_count = exact_count;
}

/// About how many bits the steps take: those of a geometric distribution of the same mean.
double bits_of(const Steps& steps, int count) {
  std::uint64_t sum = 0;
  for (int i = 0; i < count; ++i) sum += zigzag(steps[static_cast<std::size_t>(i)]) >> 1;
  const double mean = static_cast<double>(sum) / count;
  return count * ((mean + 1) * std::log2(mean + 1) - (mean > 0 ? mean * std::log2(mean) : 0.0));
}

void append_leb128(std::string& to, std::uint64_t number) {
  for (; number >= 128; number >>= 7) to += static_cast<char>(number | 128);
  to += static_cast<char>(number);
}

/// What the encoder collects, block by block.
struct Content {
  std::string blocks, gaps;
  std::array<std::string, 4> planes;
  std::vector<std::uint32_t> exact;
  std::uint64_t next = 0;  ///< the index behind the last exact value, counted in the blocks' order
};

int planes_of(const Steps& steps, int count) {
  std::uint32_t all = 0;
  for (int i = 0; i < count; ++i) all |= zigzag(steps[static_cast<std::size_t>(i)]);
  return (std::bit_width(all) + 7) / 8;
}

void append_planes(const Steps& steps, int count, int planes, Content& content) {
  for (int plane = 0; plane < planes; ++plane) {
    std::string& bytes = content.planes[static_cast<std::size_t>(plane)];
    const std::size_t first = bytes.size();
    bytes.resize(first + static_cast<std::size_t>(count));
    for (int i = 0; i < count; ++i)
      bytes[first + static_cast<std::size_t>(i)] =
          static_cast<char>(zigzag(steps[static_cast<std::size_t>(i)]) >> (8 * plane));
  }
}

/// Scratch memory of encode_block.
struct Scratch {
  BlockValues values;
  std::array<Quantised, 2> quantised;
  Steps trial, best;
};

void encode_block(std::span<const float> field, std::span<const float> guess, const BlockGrid& grid,
                  const Block& block, float epsilon, std::uint64_t first, Scratch& scratch, Content& content) {
  double least = 0;
  int chosen = -1;
  const int count = block.count();
  const auto copy = [&](std::span<const float> from, std::array<float, block_values>& to) {
    for (int row = 0; row < block.rows; ++row)
      std::copy_n(from.begin() + block.first + row * grid.width, block.columns, to.begin() + row * block.columns);
  };
  copy(field, scratch.values.field);
  for (int base = 0; base < 2; ++base) {
    if (base == 0) copy(guess, scratch.values.base);
    else scratch.values.base.fill(0);
    Quantised& quantised = scratch.quantised[static_cast<std::size_t>(base)];
    quantise(scratch.values, count, epsilon, quantised);
    scratch.trial = quantised.steps;
    for (int order = 0; order < 3; ++order) {
      if (order > 0) subtract_neighbours(scratch.trial, block);
      const double bits = bits_of(scratch.trial, count) + bits_of_exact * quantised.exact_count;
      if (chosen >= 0 && bits >= least) continue;
      least = bits;
      chosen = 3 * base + order;
      scratch.best = scratch.trial;
    }
  }
  Quantised& quantised = scratch.quantised[chosen < 3 ? 0 : 1];
  int planes = planes_of(scratch.best, count);
  if (least > bits_of_exact * count) {  // No smaller than the block as it is.
    planes = 0;
    quantised.exact.fill(true);
    quantised.exact_count = count;
  }
  content.blocks += static_cast<char>(chosen + 8 * planes);
  append_planes(scratch.best, count, planes, content);
  if (quantised.exact_count == 0) return;
  for (int i = 0; i < count; ++i) {
    const auto at = static_cast<std::size_t>(i);
    if (!quantised.exact[at]) continue;
    append_leb128(content.gaps, first + at - content.next);
    content.next = first + at + 1;
    content.exact.push_back(std::bit_cast<std::uint32_t>(scratch.values.field[at]));
  }
}

std::string joined(Content& content) {
  std::string all = std::move(content.blocks);
  for (const std::string& plane : content.planes) all += plane;
  all += content.gaps;
  for (int plane = 0; plane < 4; ++plane)
    for (const std::uint32_t bits : content.exact) all += static_cast<char>(bits >> (8 * plane));
  return all;
}

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

struct Parsed {
  Header header;
  std::string_view maker, frame;
};

/// The header of a string whose checksum is right.
Parsed parse(std::string_view bytes, const std::string& source) {
  Parsed parsed;
  Header& header = parsed.header;
  const auto require = [&](bool holds, const char* place, const std::string& expected, const std::string& found) {
    if (!holds) throw FileError(source, place, expected, found);
  };
  const std::size_t least = sizeof(Header) + checksum_size;
  require(bytes.size() >= least, "length", "at least " + std::to_string(least) + " bytes",
          std::to_string(bytes.size()));
  std::memcpy(&header, bytes.data(), sizeof header);
  require(std::string_view(header.magic, sizeof header.magic) == magic, "magic", "\"isthmusB\"", "something else");
  require(header.version == version, "version", std::to_string(version), std::to_string(header.version));
  const std::size_t end = bytes.size() - checksum_size;
  std::uint64_t checksum = 0;
  std::memcpy(&checksum, bytes.data() + end, sizeof checksum);
  require(checksum == checksum_of(bytes.data(), end), "checksum", "that of the bytes before it",
          "another: damaged or cut short");
  require(header.maker_size <= 255 && header.maker_size <= end - sizeof(Header), "maker", "at most 255 bytes",
          std::to_string(header.maker_size));
  require(is_valid(header.epsilon), "epsilon", "a finite positive number", std::to_string(header.epsilon));
  constexpr auto most = std::uint64_t{1} << 60;
  require(header.values < most, "values", "fewer than 2^60", std::to_string(header.values));
  require(header.width > 0 && header.width < most && header.values % header.width == 0, "width",
          "a divisor of the number of values, " + std::to_string(header.values), std::to_string(header.width));
  require(header.exact <= header.values, "exact values", "at most " + std::to_string(header.values),
          std::to_string(header.exact));
  parsed.maker = bytes.substr(sizeof(Header), header.maker_size);
  parsed.frame = bytes.substr(sizeof(Header) + header.maker_size, end - sizeof(Header) - header.maker_size);
  return parsed;
}

std::string decompress(const Parsed& parsed, const std::string& source) {
  const Header& header = parsed.header;
  // A byte for each block, four for each value's steps, and at most 9 + 4 for an exact one.
  const std::uint64_t most = header.values * 18;
  if (header.content > most)
    throw FileError(source, "content", "at most " + std::to_string(most) + " bytes", std::to_string(header.content));
  std::string content(static_cast<std::size_t>(header.content), '\0');
  const std::size_t size = ZSTD_decompress(content.data(), content.size(), parsed.frame.data(), parsed.frame.size());
  if (ZSTD_isError(size))
    throw FileError(source, "zstd frame", "a sound one", std::string("a fault: ") + ZSTD_getErrorName(size));
  if (size != content.size())
    throw FileError(source, "zstd frame", std::to_string(content.size()) + " bytes", std::to_string(size));
  return content;
}

void require_guess(const Parsed& parsed, std::span<const float> guess, std::string_view maker,
                   const std::string& source) {
  if (guess.size() != parsed.header.values)
    throw FileError(source, "values", std::to_string(guess.size()) + ", as the guess has",
                    std::to_string(parsed.header.values));
  if (checksum_of(guess.data(), guess.size_bytes()) != parsed.header.guess_checksum)
    throw FileError(source, "checksum of the guess",
                    "the bits that \"" + std::string(parsed.maker) + "\" made when this was written",
                    "others, made by \"" + std::string(maker) + "\"");
}

}  // namespace

std::string encode_bounded(std::span<const float> field, std::int64_t width, std::span<const float> guess,
                           float epsilon, std::string_view maker) {
  if (!is_valid(epsilon)) throw NumberError("epsilon must be finite and positive, not " + std::to_string(epsilon));
  if (width <= 0 || field.size() % static_cast<std::size_t>(width) != 0)
    throw ShapeError("a field of " + std::to_string(field.size()) + " values has no rows of " + std::to_string(width));
  if (guess.size() != field.size())
    throw ShapeError("a guess of " + std::to_string(guess.size()) + " values for a field of " +
                     std::to_string(field.size()));
  if (maker.size() > 255) throw ShapeError("a maker's name of " + std::to_string(maker.size()) + " bytes, at most 255");

  const BlockGrid grid = BlockGrid::of(static_cast<std::int64_t>(field.size()) / width, width);
  Content content;
  const auto scratch = std::make_unique<Scratch>();
  std::uint64_t first = 0;
  for (std::int64_t i = 0; i < grid.count(); ++i) {
    const Block block = block_of(grid, i);
    encode_block(field, guess, grid, block, epsilon, first, *scratch, content);
    first += static_cast<std::uint64_t>(block.count());
  }

  Header header;
  std::copy(magic.begin(), magic.end(), header.magic);
  header.version = version;
  header.maker_size = static_cast<std::uint32_t>(maker.size());
  header.values = field.size();
  header.width = static_cast<std::uint64_t>(width);
  header.exact = content.exact.size();
  header.guess_checksum = checksum_of(guess.data(), guess.size_bytes());
  header.epsilon = epsilon;
  const std::string plain = joined(content);
  header.content = plain.size();

  std::string bytes(sizeof header, '\0');
  std::memcpy(bytes.data(), &header, sizeof header);
  bytes += maker;
  const std::size_t start = bytes.size(), room = ZSTD_compressBound(plain.size());
  bytes.resize(start + room);
  const std::size_t size = ZSTD_compress(bytes.data() + start, room, plain.data(), plain.size(), zstd_level);
  if (ZSTD_isError(size)) throw Error(std::string("zstd cannot compress: ") + ZSTD_getErrorName(size));
  bytes.resize(start + size);
  const std::uint64_t checksum = checksum_of(bytes.data(), bytes.size());
  bytes.append(reinterpret_cast<const char*>(&checksum), sizeof checksum);
  return bytes;
}

std::vector<float> decode_bounded(std::string_view bytes, std::span<const float> guess, std::string_view maker,
                                  const std::string& source) {
  const Parsed parsed = parse(bytes, source);
  require_guess(parsed, guess, maker, source);
  const Header& header = parsed.header;
  const std::string plain = decompress(parsed, source);
  ContentReader reader(plain, source);
  const auto width = static_cast<std::int64_t>(header.width);
  const BlockGrid grid = BlockGrid::of(static_cast<std::int64_t>(header.values) / width, width);

  const std::string_view blocks = reader.take(static_cast<std::uint64_t>(grid.count()), "a byte for each block");
  std::array<std::uint64_t, 4> sizes{};
  for (std::int64_t i = 0; i < grid.count(); ++i) {
    const int kind = static_cast<std::uint8_t>(blocks[static_cast<std::size_t>(i)]);
    if (kind % 8 >= predictions || kind / 8 > 4) reader.refuse("a known prediction and at most four planes", "others");
    for (int plane = 0; plane < kind / 8; ++plane)
      sizes[static_cast<std::size_t>(plane)] += static_cast<std::uint64_t>(block_of(grid, i).count());
  }
  std::array<std::string_view, 4> planes;
  for (std::size_t plane = 0; plane < 4; ++plane) planes[plane] = reader.take(sizes[plane], "a plane of steps");

  std::vector<std::uint64_t> places(static_cast<std::size_t>(header.exact));
  std::uint64_t next = 0;
  for (std::uint64_t& place : places) {
    const std::uint64_t gap = reader.leb128();
    if (gap >= header.values - next) reader.refuse("an exact value within the field", "one behind its end");
    place = next + gap;
    next = place + 1;
  }
  std::array<std::string_view, 4> exact;
  for (std::string_view& plane : exact) plane = reader.take(header.exact, "a plane of exact values");
  if (!reader.at_end()) reader.refuse("the end", "more bytes");

  std::vector<float> field(guess.size());
  const double step = 2.0 * header.epsilon;
  const auto steps = std::make_unique<Steps>();
  std::array<std::size_t, 4> taken{};
  std::size_t done = 0;  // of the exact values
  std::uint64_t first = 0;
  for (std::int64_t i = 0; i < grid.count(); ++i) {
    const Block block = block_of(grid, i);
    const int kind = static_cast<std::uint8_t>(blocks[static_cast<std::size_t>(i)]);
    const Prediction prediction = prediction_of(kind % 8);
    const auto count = static_cast<std::size_t>(block.count());
    std::fill_n(steps->begin(), count, 0u);
    for (std::size_t plane = 0; plane < static_cast<std::size_t>(kind / 8); ++plane) {
      const char* from = planes[plane].data() + taken[plane];
      for (std::size_t at = 0; at < count; ++at)
        (*steps)[at] |= static_cast<std::uint32_t>(static_cast<std::uint8_t>(from[at])) << (8 * plane);
      taken[plane] += count;
    }
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
  return field;
}

BoundedInfo describe_bounded(std::string_view bytes, const std::string& source) {
  const Parsed parsed = parse(bytes, source);
  const Header& header = parsed.header;
  return {static_cast<std::int64_t>(header.values), static_cast<std::int64_t>(header.width), header.epsilon,
          static_cast<std::int64_t>(header.exact), header.guess_checksum, std::string(parsed.maker)};
}

}  // namespace isthmus::data
