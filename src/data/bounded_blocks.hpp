// The operations of bounded.hpp within a block of up to 4096 values: quantisation in steps of 2 ε, and differences
// between neighbours, in wrapping integers, which are undone without a rounding.
#pragma once

#include <array>
#include <cmath>
#include <cstdint>
#include <span>

namespace isthmus::data {

inline constexpr std::int64_t block_values = 4096;

/// The partition of a field of rows into blocks: squares of 64 × 64, or flatter ones if there are fewer rows.
struct BlockGrid {
  std::int64_t height = 0, width = 0, block_height = 0, block_width = 0;

  static constexpr BlockGrid of(std::int64_t height, std::int64_t width) {
    const std::int64_t rows = height < 64 ? height : 64;
    return {height, width, rows, rows > 0 ? block_values / rows : block_values};
  }
  constexpr std::int64_t across() const { return (width + block_width - 1) / block_width; }
  constexpr std::int64_t down() const { return block_height > 0 ? (height + block_height - 1) / block_height : 0; }
  constexpr std::int64_t count() const { return across() * down(); }
};

/// The position and the extents of one block.
struct Block {
  std::int64_t first = 0;  ///< index of its first value in the field
  int rows = 0, columns = 0;

  constexpr int count() const { return rows * columns; }
};

constexpr Block block_of(const BlockGrid& grid, std::int64_t index) {
  const std::int64_t row = index / grid.across() * grid.block_height;
  const std::int64_t column = index % grid.across() * grid.block_width;
  const std::int64_t rows = grid.height - row < grid.block_height ? grid.height - row : grid.block_height;
  const std::int64_t columns = grid.width - column < grid.block_width ? grid.width - column : grid.block_width;
  return {row * grid.width + column, static_cast<int>(rows), static_cast<int>(columns)};
}

/// The prediction of a block's values: its base, and how often neighbours are subtracted.
struct Prediction {
  bool from_guess = true;  ///< else from 0
  int order = 0;           ///< 0: each value for itself; 1: Lorenzo's predictor; 2: the same of its differences
};
inline constexpr int predictions = 6;
constexpr Prediction prediction_of(int index) { return {index < 3, index % 3}; }

using Steps = std::array<std::uint32_t, block_values>;  ///< row-major, wrapping

/// Steps beyond this are not used: q · 2 ε with 24 bits of ε and 29 of q is exact in double, so that it does not
/// matter whether the compiler fuses the multiplication with the addition behind it.
inline constexpr double most_steps = 1 << 29;

/// The value that the decoder computes from a number of steps.
inline float value_of(float base, std::int32_t steps, double step) {
  return static_cast<float>(static_cast<double>(base) + static_cast<double>(steps) * step);
}

/// Whether |x - y| ≤ epsilon holds exactly, whatever the subtraction rounds: Knuth's two-sum has its error.
inline bool is_within(float x, float y, float epsilon) {
  const double a = x, b = -static_cast<double>(y), sum = a + b;
  const double part = sum - a, error = (a - (sum - part)) + (b - part);
  const double distance = std::abs(sum), bound = epsilon;
  return distance < bound || (distance == bound && (sum > 0 ? error <= 0 : error >= 0));
}

/// Each value less what those above, to the left, and above to the left predict; outside of the block is 0.
inline void subtract_neighbours(Steps& steps, const Block& block) {
  const int columns = block.columns;
  for (int row = block.rows - 1; row > 0; --row) {
    std::uint32_t* here = steps.data() + row * columns;
    for (int i = 0; i < columns; ++i) here[i] -= here[i - columns];
  }
  for (int row = 0; row < block.rows; ++row) {
    std::uint32_t* here = steps.data() + row * columns;
    for (int i = columns - 1; i > 0; --i) here[i] -= here[i - 1];
  }
}

inline void add_neighbours(Steps& steps, const Block& block) {
  const int columns = block.columns;
  for (int row = 0; row < block.rows; ++row) {
    std::uint32_t* here = steps.data() + row * columns;
    for (int i = 1; i < columns; ++i) here[i] += here[i - 1];
  }
  for (int row = 1; row < block.rows; ++row) {
    std::uint32_t* here = steps.data() + row * columns;
    for (int i = 0; i < columns; ++i) here[i] += here[i - columns];
  }
}

/// 0, -1, 1, -2, … as 0, 1, 2, 3, …
constexpr std::uint32_t zigzag(std::uint32_t steps) { return (steps << 1) ^ (0u - (steps >> 31)); }
constexpr std::uint32_t unzigzag(std::uint32_t code) { return (code >> 1) ^ (0u - (code & 1)); }

}  // namespace isthmus::data
