// Convolutions, the gradient of their weights, and the maps between weights as they are and as an algorithm reads
// them.
#include <isthmus/plan/convolution.hpp>

#include <algorithm>

#include "ops/footprints.hpp"

namespace isthmus::ops {
namespace {

using plan::panel_width;
using schedule::Access;
using schedule::Cut;
using schedule::divide_up;
using schedule::GroupExtent;
using schedule::TileReads;

/// A tile of a convolution gathers its cells first.
constexpr double least_convolution_flops = 1.5e6;
constexpr double single_channel_cost = 8;
constexpr int few_units = 8;

const Shape& image_of(const plan::PlanView& plan, const Node& node) { return plan.graph[node.inputs[0]].shape; }

/// Rows that a tile must keep together: what one row of cells gives, or a whole image if cells do not divide it.
int conv2d_unit(const Node& node) {
  if (node.algorithm == Algorithm::narrow) return 1;
  const plan::Method method = plan::method_of(node.op, node.algorithm, node.window);
  const int block = method.block_rows, plane = node.shape.height() * node.shape.width();
  if (method.block_planes > 1) return method.block_planes * plane;
  // A pooled row is a row of cells.
  if (node.pooled || block == 1) return node.shape.width();
  // Cells lie in a plane.
  return node.shape.height() % block == 0 ? block * node.shape.width() : plane;
}
int parts_of(const Node& node) { return static_cast<int>(node.attribute.as<GradientParts>()); }

/// Rows that a tile of a gradient of weights must keep together: the products of a panel of channels, or one of
/// its parts.
int weights_unit(const plan::PlanView& plan, const plan::Group& group) {
  const Node& node = plan.graph[group.node];
  if (parts_of(node) > 1 || plan::has_dense_taps(image_of(plan, node).channels(), node.algorithm, node.window) ||
      node.algorithm == Algorithm::depthwise)
    return group.rows / parts_of(node);
  if (node.algorithm == Algorithm::narrow) return panel_width;
  return plan::weight_products(node.algorithm, node.window) * panel_width;
}

/// The second operand, and the third, have the tile's panels; a narrow one has all of them in one.
void add_second(const TileReads& tile, int v) {
  if (v < 0) return;
  const Access access = tile.whole_samples(v);
  tile.add(tile.node().algorithm == Algorithm::narrow ? access : tile.same_panels(access));
}

/// Cells are gathered for each tile, so tiles of few panels gather again what others have, and rows (samples) are
/// cut first. Where there are few rows, panels are: their tiles are equally large.
Cut cut_convolution(const GroupExtent& group, int unit, bool panels_first) {
  const Node& node = group.node();
  const int units = divide_up(group.rows, unit);
  // Single channels leave most lanes empty, or are gathered value by value, or read once for each operation.
  const bool single = node.algorithm == Algorithm::narrow || node.algorithm == Algorithm::depthwise ||
                      image_of(group.plan, node).channels() == 1;
  const double work = group.flops * (single ? single_channel_cost : 1);
  const int wanted = std::clamp(static_cast<int>(work / least_convolution_flops), 1, schedule::most_product_tiles);
  int panel_tiles = 1, row_tiles = std::min(wanted, units);
  if (panels_first || units < few_units) {
    panel_tiles = std::min(wanted, std::clamp(divide_up(group.panels, 2), 1, 4));
    row_tiles = std::clamp(wanted / panel_tiles, 1, units);
  }
  return {std::min(group.rows, divide_up(units, row_tiles) * unit),
          std::min(group.panels, plan::round_up(divide_up(group.panels, panel_tiles), 2))};
}

}  // namespace

const schedule::Footprint conv2d_footprint{
    [](const TileReads& tile) {
      tile.add(tile.whole_samples(tile.group.a));
      add_second(tile, tile.group.b);
      add_second(tile, tile.group.c);
    },
    [](const GroupExtent& group) { return cut_convolution(group, conv2d_unit(group.node()), false); },
};

const schedule::Footprint conv2d_weights_footprint{
    [](const TileReads& tile) {
      Access image = tile.whole_samples(tile.group.a);
      // A part of the sum over the samples, or an image whose rows are rows of pixels, has all channels; and in
      // groups the channels depend on the panel.
      const bool rows_are_pixels = tile.value(tile.group.a).columns == image_of(tile.plan, tile.node()).channels();
      if (parts_of(tile.node()) == 1 && rows_are_pixels && tile.node().window.groups() == 1) {
        const int unit = weights_unit(tile.plan, tile.group);
        image.panel_begin = tile.task.row_begin / unit;
        image.panel_end = divide_up(tile.task.row_end, unit);
      }
      tile.add(image);
      add_second(tile, tile.group.b);
      add_second(tile, tile.group.c);
    },
    [](const GroupExtent& group) {
      const int unit = weights_unit(group.plan, group.group);
      return parts_of(group.node()) > 1 ? Cut{unit, group.panels} : cut_convolution(group, unit, true);
    },
};

const schedule::Footprint conv2d_pack_footprint{
    [](const TileReads& tile) { tile.add(tile.whole(tile.group.a)); },
    // All products of a block of rows are written together.
    [](const GroupExtent& group) { return Cut{group.rows, std::min(group.panels, 2)}; }};

const schedule::Footprint conv2d_restore_footprint{
    [](const TileReads& tile) {
      const Access packed = tile.whole(tile.group.a);
      tile.add(tile.node().algorithm == Algorithm::narrow ? packed : tile.same_panels(packed));
    },
    schedule::cut_copy,
};

}  // namespace isthmus::ops
