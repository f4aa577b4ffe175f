// The packed formats of rounded weights. A packed matrix of bf16 has panels of pairs of rows, one word for the two
// weights of a column; one of int8 has first the sizes of the columns' steps, then panels of rows of bytes. One of
// int8 for VPDPBUSD has the sizes, then what the columns' sums start at, then panels of words of four rows. All
// have whole panels of 16 columns.
#pragma once

#include <isthmus/lower/weights.hpp>

namespace isthmus::lower {

std::int64_t bf16_bytes(int rows, int columns);
void pack_bf16(const View& from, int rows, int columns, void* to);
std::int64_t int8_bytes(int rows, int columns);
void pack_int8(const View& from, int rows, int columns, void* to);

/// Rows of the largest matrix that has the form for VPDPBUSD: a sample is rounded on the stack.
inline constexpr int int8_dot_rows = 16384;
/// Steps from zero to the largest magnitude.
inline constexpr float int8_most = 127;

/// A matrix in that form.
struct Int8Words {
  const float* steps = nullptr;
  const std::int32_t* starts = nullptr;  ///< -128 times each column's sum, since 128 is added to samples
  const std::uint32_t* words = nullptr;
  std::int64_t panel_words = 0;
};
std::int64_t int8_words_bytes(int rows, int columns);
void pack_int8_words(const View& from, int rows, int columns, void* to);
Int8Words int8_words_at(const void* packed, int rows, int columns);

/// Whether this CPU, the compiler and the choice of SIMD targets have VPDPBUSD. Asks the CPU, which takes long.
bool has_int8_dot();
/// A tile of a product with such a matrix of at most int8_dot_rows rows, if VPDPBUSD is there.
void int8_dot_matmul(const AnchorCall&, const Tile&);

}  // namespace isthmus::lower
