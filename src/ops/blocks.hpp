// Tiles that are computed block by block and handed over to the elementwise kernel, for kernels that copy values.
#pragma once

#include <isthmus/lower/program.hpp>

#include <algorithm>

namespace isthmus::lower {

/// Calls `fill(part, block)` for blocks of so many rows and panels of a tile, and hands them over. Row r and panel
/// p of a block begin at `place_in_block<rows>(block, r, p)`.
template <int rows, int panels, class Fill>
void for_each_block(const AnchorCall& call, const Tile& tile, Fill fill) {
  alignas(64) float block[rows * panels * plan::panel_width];
  FusedCall fused = call.call;
  fused.accumulator = block;
  fused.accumulator_panel_stride = rows * plan::panel_width;
  for (int row = tile.row_begin; row < tile.row_end; row += rows)
    for (int panel = tile.panel_begin; panel < tile.panel_end; panel += panels) {
      const Tile part{row, std::min(row + rows, tile.row_end), panel, std::min(panel + panels, tile.panel_end)};
      fill(part, block);
      call.fused(fused, part);
    }
}

/// The sixteen floats of a row and a panel.
template <int rows>
float* place_in_block(float* block, int row, int panel) {
  return block + (panel * rows + row) * plan::panel_width;
}

}  // namespace isthmus::lower
