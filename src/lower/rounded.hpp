// How rounded weights are packed. A packed matrix of bf16 has panels of pairs of rows, one word for the two weights of a
// column; one of int8 has first the sizes of the columns' steps, then panels of rows of bytes. Both have whole panels of
// 16 columns.
#pragma once

#include <isthmus/lower/weights.hpp>

namespace isthmus::lower {

std::int64_t bf16_bytes(int rows, int columns);
void pack_bf16(const View& from, int rows, int columns, void* to);
std::int64_t int8_bytes(int rows, int columns);
void pack_int8(const View& from, int rows, int columns, void* to);

}  // namespace isthmus::lower
