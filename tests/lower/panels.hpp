// Matrices as the kernels see them, and an elementwise kernel that only copies.
#pragma once

#include <isthmus/lower/program.hpp>
#include <isthmus/plan/memory.hpp>

#include <algorithm>
#include <limits>
#include <vector>

namespace isthmus::testing {

/// A matrix in panels, its padding columns zero, its padding rows NaN: nobody may use those.
struct Panels {
  int rows, columns;
  std::vector<float> data;

  Panels(int r, int c, float filler = 0.0f) : rows(r), columns(c) {
    data.assign(static_cast<std::size_t>(plan::panel_rows(r) * plan::panels_of(c) * plan::panel_width), filler);
  }
  static Panels of(int r, int c, const std::vector<float>& row_major) {
    Panels panels(r, c, std::numeric_limits<float>::quiet_NaN());
    for (int i = 0; i < r; ++i)
      for (int j = 0; j < plan::panels_of(c) * plan::panel_width; ++j)
        panels.at(i, j) = j < c ? row_major[static_cast<std::size_t>(i * c + j)] : 0.0f;
    return panels;
  }
  std::int64_t panel_stride() const { return plan::panel_rows(rows) * plan::panel_width; }
  float& at(int r, int c) {
    return data[static_cast<std::size_t>(c / plan::panel_width * panel_stride() + r * plan::panel_width +
                                         c % plan::panel_width)];
  }
  lower::View view() { return {data.data(), plan::panel_width, panel_stride(), false}; }
};

inline void copy_piece(const lower::FusedCall& call, const lower::Tile& tile, const float* piece,
                       const lower::View& to) {
  for (int p = tile.panel_begin; p < tile.panel_end; ++p)
    for (int r = tile.row_begin; r < tile.row_end; ++r)
      for (int c = 0; c < plan::panel_width; ++c)
        to.data[r * to.row_stride + p * to.panel_stride + c] =
            piece[(p - tile.panel_begin) * call.accumulator_panel_stride +
                  (r - tile.row_begin) * plan::panel_width + c];
}
inline void copy_accumulator(const lower::FusedCall& call, const lower::Tile& tile) {
  copy_piece(call, tile, call.accumulator, call.results[0]);
}
inline void copy_with_positions(const lower::FusedCall& call, const lower::Tile& tile) {
  copy_piece(call, tile, call.accumulator, call.results[0]);
  copy_piece(call, tile, call.positions, call.results[1]);
}

/// An anchor's whole result, computed by tiles of so many rows and panels; its positions as well if they are asked
/// for.
template <class AnchorFunction>
Panels run_anchor(AnchorFunction anchor, lower::AnchorCall call, int rows, int columns, int tile_rows,
                  int tile_panels, Panels* positions = nullptr) {
  Panels result(rows, columns, -99.0f);
  const lower::View views[] = {result.view(), positions == nullptr ? lower::View{} : positions->view()};
  call.fused = positions == nullptr ? &copy_accumulator : &copy_with_positions;
  call.call.results = views;
  call.call.columns = columns;
  for (int r = 0; r < rows; r += tile_rows)
    for (int p = 0; p < plan::panels_of(columns); p += tile_panels)
      anchor(call, {r, std::min(r + tile_rows, rows), p, std::min(p + tile_panels, plan::panels_of(columns))});
  return result;
}

}  // namespace isthmus::testing
