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

/// How many images each row has. Throws ShapeError.
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
    if (count > 0 && row.images.size() == count * values) continue;
    throw ShapeError(fmt::format("tiles: row {}: expected {} images of {} × {} × {}, found {} values",
                                 row.label, std::max(count, 1ull), height, width, channels,
                                 row.images.size()));
  }
  return static_cast<long long>(count);
}

}  // namespace

Picture tile_rows(std::span<const Row> rows, int height, int width, int channels, int scale) {
  const long long count = images_per_row(rows, height, width, channels, scale);
  const long long cell_height = static_cast<long long>(height) * scale;
  const long long cell_width = static_cast<long long>(width) * scale;
  const int gap = std::max(2, scale);
  // Smaller than 2 is hard to read on today's screens, larger than 3 would outweigh the images.
  const int text_scale = static_cast<int>(std::clamp(cell_height / 32, 2ll, 3ll));
  int label_width = 0;
  for (const auto& row : rows) label_width = std::max(label_width, text_width(row.label, text_scale));
  const int images_left = outer_margin + (label_width > 0 ? label_width + outer_margin : 0);
  // Room for the tails below a label that is taller than its images.
  const long long row_height = std::max<long long>(cell_height, (glyph_height + 2) * text_scale);

  const long long total_width = images_left + count * (cell_width + gap) - gap + outer_margin;
  const long long total_height =
      2 * outer_margin + static_cast<long long>(rows.size()) * (row_height + gap) - gap;
  constexpr long long longest_side = 32'768;
  if (total_width > longest_side || total_height > longest_side) {
    throw ShapeError(fmt::format("tiles: expected a picture of at most {} pixels a side, found {} × {}",
                                 longest_side, total_height, total_width));
  }

  Picture picture{static_cast<int>(total_width), static_cast<int>(total_height), 3, {}};
  picture.pixels.assign(static_cast<std::size_t>(total_width * total_height * 3), 255);
  int top = outer_margin;
  for (const auto& row : rows) {
    // Centred on the letters' bodies: the two rows for tails hang below.
    const int text_top = top + (static_cast<int>(row_height) - (glyph_height - 2) * text_scale) / 2;
    const int text_left = outer_margin + label_width - text_width(row.label, text_scale);
    draw_text(picture, text_left, text_top, row.label, text_scale, label_shade);
    const int image_top = top + static_cast<int>(row_height - cell_height) / 2;
    for (int i = 0; i < count; ++i) {
      const auto first = static_cast<std::ptrdiff_t>(i) * height * width * channels;
      draw_image(picture, images_left + i * static_cast<int>(cell_width + gap), image_top,
                 row.images.data() + first, height, width, channels, scale);
    }
    top += static_cast<int>(row_height) + gap;
  }
  return picture;
}

}  // namespace isthmus::report
