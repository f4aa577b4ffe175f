#include "schedule/footprint.hpp"

#include <algorithm>

namespace isthmus::schedule {
namespace {

using plan::panel_width;

constexpr double copy_flops = 8;

}  // namespace

Access TileReads::whole(int v) const {
  return {v, false, 0, plan::value_rows(value(v), samples), 0, plan::panels_of(value(v).columns)};
}

Access TileReads::whole_samples(int v) const {
  Access access = whole(v);
  if (!value(v).has_batch || !group.has_batch) return access;
  access.row_begin = std::int64_t{task.row_begin} / group.rows * value(v).rows;
  access.row_end = std::min(access.row_end, std::int64_t{divide_up(task.row_end, group.rows)} * value(v).rows);
  return access;
}

Access TileReads::same_rows(int v) const {
  Access access = whole(v);
  access.row_begin = task.row_begin;
  access.row_end = task.row_end;
  return access;
}

Access TileReads::same_panels(Access access) const {
  access.panel_begin = task.panel_begin;
  access.panel_end = task.panel_end;
  return access;
}

void TileReads::add(const Access& access) const { list.push_back(access); }

int tiles_for(double flops, int most) { return std::clamp(static_cast<int>(flops / least_task_flops), 1, most); }

Cut cut_evenly(const GroupExtent& group, int tiles, int most_row_tiles) {
  const int rows = group.rows, panels = group.panels;
  int row_tiles = std::clamp(tiles, std::min(most_row_tiles, divide_up(rows, most_tile_rows)), most_row_tiles);
  // Whole panels of the left operand, so that no cache line is shared between tiles.
  const int tile_rows = std::min(rows, plan::round_up(divide_up(rows, row_tiles), panel_width));
  row_tiles = divide_up(rows, tile_rows);
  const int panel_tiles = std::clamp(divide_up(tiles, row_tiles), 1, divide_up(panels, 2));
  return {tile_rows, std::min(panels, plan::round_up(divide_up(panels, panel_tiles), 2))};
}

Cut cut_copy(const GroupExtent& group) {
  return cut_evenly(group, tiles_for(group.flops * copy_flops, most_tiles),
                    std::min(most_tiles, divide_up(group.rows, least_tile_rows)));
}

Cut cut_whole(const GroupExtent& group) { return {group.rows, group.panels}; }

}  // namespace isthmus::schedule
