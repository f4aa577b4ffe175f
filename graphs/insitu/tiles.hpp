// A field as tiles for the model `field`, and back.
#pragma once

#include <algorithm>
#include <cstddef>
#include <span>

namespace insitu {

inline constexpr int tile_side = 32;
inline constexpr int tile_points = tile_side * tile_side;
inline constexpr int code_size = 64;

/// Calls `body(tile, first)` for each tile of a field of rows × columns, both multiples of tile_side, row by row;
/// `first` is the index of its first value in the field.
template <class Body>
void for_each_tile(int rows, int columns, Body body) {
  int tile = 0;
  for (int row = 0; row < rows; row += tile_side)
    for (int column = 0; column < columns; column += tile_side)
      body(tile++,
           static_cast<std::size_t>(row) * static_cast<std::size_t>(columns) + static_cast<std::size_t>(column));
}

inline int tiles_of(int rows, int columns) { return rows / tile_side * (columns / tile_side); }

/// The tile that begins at `first` of a field with that many columns.
inline void cut(const float* first, int columns, float* tile) {
  for (int row = 0; row < tile_side; ++row, first += columns)
    std::copy_n(first, tile_side, tile + row * tile_side);
}

/// `tile` · spread + mean, put where it belongs.
inline void join(const float* tile, float mean, float spread, float* first, int columns) {
  for (int row = 0; row < tile_side; ++row, first += columns, tile += tile_side)
    for (int i = 0; i < tile_side; ++i) first[i] = tile[i] * spread + mean;
}

}  // namespace insitu
