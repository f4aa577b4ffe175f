#include <isthmus/error.hpp>
#include <isthmus/report/font.hpp>
#include <isthmus/report/picture.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>

namespace isthmus::report {
namespace {

using Colour = std::array<std::uint8_t, 3>;

constexpr int outer_margin = 12;  // around all, and between a label and its images; pixels
constexpr std::uint8_t label_shade = 0x33;
constexpr Colour not_a_number{255, 0, 255};
constexpr long long longest_side = 32'768;

Colour colour(const float* value, int channels) {
  Colour result{};
  for (std::size_t i = 0; i < 3; ++i) {
    const float v = value[channels == 3 ? i : 0];
    if (std::isnan(v)) return not_a_number;
    result[i] = static_cast<std::uint8_t>(std::lround(std::clamp(v, 0.0f, 1.0f) * 255.0f));
  }
  return result;
}

void draw_image(Picture& picture, int left, int top, const float* image, int height, int width, int channels,
                int scale) {
  for (int y = 0; y < height * scale; ++y) {
    auto* out = picture.pixels.data() + (static_cast<std::ptrdiff_t>(top + y) * picture.width + left) * 3;
    for (int x = 0; x < width; ++x) {
      const auto value = (static_cast<std::ptrdiff_t>(y / scale) * width + x) * channels;
      const Colour pixel = colour(image + value, channels);
      for (int i = 0; i < scale; ++i) out = std::copy(pixel.begin(), pixel.end(), out);
    }
  }
}

/// The number of images in each row. Throws ShapeError.
long long images_per_row(std::span<const Row> rows, int height, int width, int channels, int scale) {
  if (rows.empty()) throw ShapeError("tiles: expected at least one row, found none");
  if (height < 1 || width < 1 || (channels != 1 && channels != 3) || scale < 1 || scale > 64) {
    throw ShapeError(
        fmt::format("tiles: expected images of height × width × 1 or 3 at scale 1 to 64, found "
                    "{} × {} × {} at scale {}",
                    height, width, channels, scale));
  }
  const auto values = static_cast<unsigned long long>(height) * static_cast<unsigned long long>(width) *
                      static_cast<unsigned long long>(channels);
  const auto count = rows.front().images.size() / values;
  for (const auto& row : rows) {
    if (!row.marks.empty() && row.marks.size() != count) {
      throw ShapeError(fmt::format("tiles: row {}: expected {} marks, one for each image, found {}", row.label,
                                   count, row.marks.size()));
    }
    if (count > 0 && row.images.size() == count * values) continue;
    throw ShapeError(fmt::format("tiles: row {}: expected {} images of {} × {} × {}, found {} values", row.label,
                                 std::max(count, 1ull), height, width, channels, row.images.size()));
  }
  return static_cast<long long>(count);
}

/// The layout of the picture, in pixels.
struct TileLayout {
  long long width, height;
  int label_width, label_scale, mark_scale, mark_height;
  int images_left;
  int column;      ///< from one image to the next
  int cell_width;  ///< of a column, without the gap: its image, or a wider mark
  int row_height;  ///< without marks
  int gap;
};

void require_size(long long height, long long width) {
  if (height <= longest_side && width <= longest_side) return;
  throw ShapeError(fmt::format("tiles: expected a picture of at most {} pixels a side, found {} × {}",
                               longest_side, height, width));
}

TileLayout tile_layout(std::span<const Row> rows, long long count, int image_height, int image_width, int gap) {
  TileLayout layout{};
  layout.gap = gap;
  // Smaller than 2 is hard to read on today's screens, larger than 3 would outweigh the images.
  layout.label_scale = std::clamp(image_height / 32, 2, 3);
  // About a third of the image: still readable when the picture is as small as a phone shows it.
  layout.mark_scale = std::clamp(image_height / 21, 2, 4);
  layout.mark_height = glyph_height * layout.mark_scale + gap;
  layout.cell_width = image_width;
  long long marked = 0;
  for (const auto& row : rows) {
    layout.label_width = std::max(layout.label_width, text_width(row.label, layout.label_scale));
    for (const auto& mark : row.marks)
      layout.cell_width = std::max(layout.cell_width, text_width(mark, layout.mark_scale));
    marked += !row.marks.empty();
  }
  layout.column = layout.cell_width + gap;
  layout.images_left = outer_margin + (layout.label_width > 0 ? layout.label_width + outer_margin : 0);
  // Room for the tails below a label that is taller than its images.
  layout.row_height = std::max(image_height, (glyph_height + 2) * layout.label_scale);
  layout.width = layout.images_left + count * layout.column - gap + outer_margin;
  layout.height = 2 * outer_margin + static_cast<long long>(rows.size()) * (layout.row_height + gap) - gap +
                  marked * layout.mark_height;
  require_size(layout.height, layout.width);
  return layout;
}

}  // namespace

Picture tile_rows(std::span<const Row> rows, int height, int width, int channels, int scale) {
  const long long count = images_per_row(rows, height, width, channels, scale);
  require_size(static_cast<long long>(height) * scale, static_cast<long long>(width) * scale);
  const int image_height = height * scale, image_width = width * scale;
  const TileLayout layout = tile_layout(rows, count, image_height, image_width, std::max(2, scale));

  Picture picture{static_cast<int>(layout.width), static_cast<int>(layout.height), 3, {}};
  picture.pixels.assign(static_cast<std::size_t>(layout.width * layout.height * 3), 255);
  int top = outer_margin;
  for (const auto& row : rows) {
    const int below_marks = top + (row.marks.empty() ? 0 : layout.mark_height);
    // Centred on the letters' bodies: the two rows for tails hang below.
    const int label_top = below_marks + (layout.row_height - (glyph_height - 2) * layout.label_scale) / 2;
    const int label_left = outer_margin + layout.label_width - text_width(row.label, layout.label_scale);
    draw_text(picture, label_left, label_top, row.label, layout.label_scale, label_shade);
    const int image_top = below_marks + (layout.row_height - image_height) / 2;
    for (int i = 0; i < count; ++i) {
      const int left = layout.images_left + i * layout.column;
      if (!row.marks.empty()) {
        const std::string& mark = row.marks[static_cast<std::size_t>(i)];
        draw_text(picture, left + (layout.cell_width - text_width(mark, layout.mark_scale)) / 2, top, mark,
                  layout.mark_scale, label_shade);
      }
      const auto first = static_cast<std::ptrdiff_t>(i) * height * width * channels;
      draw_image(picture, left + (layout.cell_width - image_width) / 2, image_top, row.images.data() + first,
                 height, width, channels, scale);
    }
    top = below_marks + layout.row_height + layout.gap;
  }
  return picture;
}

}  // namespace isthmus::report
