#include <isthmus/data/bounded.hpp>
#include <isthmus/error.hpp>

#include <algorithm>
#include <array>
#include <bit>
#include <memory>
#include <utility>
#include <vector>

#include "bounded_blocks.hpp"
#include "bounded_header.hpp"
#include "bounded_packing.hpp"

namespace isthmus::data {
namespace {

constexpr int bits_of_exact = 34;  ///< the bits of an exact value and its place

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
      // Rounds to the nearest integer, in the default rounding mode, without a function call.
      constexpr double shift = 6755399441055744.0;  // 1.5 · 2^52
      const auto rounded = static_cast<std::int32_t>((steps + shift) - shift);
      if (is_within(x, value_of(base, rounded, step), epsilon)) {
        last = rounded;
        exact = false;
      }
    }
    quantised.exact[at] = exact;
    // The placeholder of an exact value equals its neighbour, and so compresses well.
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

/// The sections that the encoder fills, block by block.
struct Content {
  std::string blocks, gaps, large;
  std::array<std::string, packings.size()> packed;
  std::array<std::string, most_planes> planes;
  std::vector<std::uint32_t> exact;
  std::uint64_t next = 0;  ///< the index behind the last exact value, counted in the blocks' order
};

void append_steps(const Steps& zigzagged, int count, int layout, Content& content) {
  switch (layout) {
    case first_packing: return pack<0>(zigzagged, count, content.packed[0], content.large);
    case first_packing + 1: return pack<1>(zigzagged, count, content.packed[1], content.large);
    case first_packing + 2: return pack<2>(zigzagged, count, content.packed[2], content.large);
    default: break;
  }
  for (int plane = 0; plane < layout; ++plane) {
    std::string& bytes = content.planes[static_cast<std::size_t>(plane)];
    for (int i = 0; i < count; ++i)
      bytes += static_cast<char>(zigzagged[static_cast<std::size_t>(i)] >> (8 * plane));
  }
}

/// Scratch memory of encode_block.
struct Scratch {
  BlockValues values;
  std::array<Quantised, 2> quantised;
  Steps trial, best;
};

/// `first` is how many values the blocks before this one have.
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
  if (least > bits_of_exact * count) {  // No smaller than the block as it is.
    scratch.best.fill(0);
    quantised.exact.fill(true);
    quantised.exact_count = count;
  }
  for (int i = 0; i < count; ++i) {
    std::uint32_t& step = scratch.best[static_cast<std::size_t>(i)];
    step = zigzag(step);
  }
  const int layout = layout_of(scratch.best, count);
  content.blocks += static_cast<char>(chosen + 8 * layout);
  append_steps(scratch.best, count, layout, content);
  if (quantised.exact_count == 0) return;
  for (int i = 0; i < count; ++i) {
    const auto at = static_cast<std::size_t>(i);
    if (!quantised.exact[at]) continue;
    append_leb128(content.gaps, first + at - content.next);
    content.next = first + at + 1;
    content.exact.push_back(std::bit_cast<std::uint32_t>(scratch.values.field[at]));
  }
}

std::vector<std::string> sections_of(Content& content) {
  std::vector<std::string> sections{std::move(content.blocks)};
  for (std::string& packed : content.packed) sections.push_back(std::move(packed));
  for (std::string& plane : content.planes) sections.push_back(std::move(plane));
  sections.push_back(std::move(content.gaps));
  for (int plane = 0; plane < 4; ++plane) {
    std::string& bytes = sections.emplace_back();
    for (const std::uint32_t bits : content.exact) bytes += static_cast<char>(bits >> (8 * plane));
  }
  sections.push_back(std::move(content.large));
  return sections;
}

}  // namespace

std::string encode_bounded(std::span<const float> field, std::int64_t width, std::span<const float> guess,
                           float epsilon, std::string_view maker) {
  if (!is_valid_bound(epsilon))
    throw NumberError("epsilon must be finite and positive, not " + std::to_string(epsilon));
  if (width <= 0 || field.size() % static_cast<std::size_t>(width) != 0)
    throw ShapeError("a field of " + std::to_string(field.size()) + " values has no rows of " +
                     std::to_string(width));
  if (guess.size() != field.size())
    throw ShapeError("a guess of " + std::to_string(guess.size()) + " values for a field of " +
                     std::to_string(field.size()));
  if (maker.size() > 255)
    throw ShapeError("a maker's name of " + std::to_string(maker.size()) + " bytes, at most 255");

  const BlockGrid grid = BlockGrid::of(static_cast<std::int64_t>(field.size()) / width, width);
  Content content;
  const auto scratch = std::make_unique<Scratch>();
  std::uint64_t first = 0;
  for (std::int64_t i = 0; i < grid.count(); ++i) {
    const Block block = block_of(grid, i);
    encode_block(field, guess, grid, block, epsilon, first, *scratch, content);
    first += static_cast<std::uint64_t>(block.count());
  }
  BoundedHeader header;
  header.values = field.size();
  header.width = static_cast<std::uint64_t>(width);
  header.exact = content.exact.size();
  header.guess_checksum = checksum_of(guess);
  header.epsilon = epsilon;
  return join_bounded(header, maker, sections_of(content));
}

}  // namespace isthmus::data
