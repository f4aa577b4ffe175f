#include <isthmus/error.hpp>
#include <isthmus/report/scatter.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <limits>
#include <map>

#include "report/gnuplot.hpp"

namespace isthmus::report {
namespace {

// Ten colours that are told apart at a glance: Tableau's, the grey darker.
constexpr std::uint32_t label_colours[] = {0x1f77b4, 0xff7f0e, 0x2ca02c, 0xd62728, 0x9467bd,
                                           0x8c564b, 0xe377c2, 0x404040, 0xbcbd22, 0x17becf};
constexpr int signs[] = {7, 9, 5, 13, 11};  // gnuplot's disc, triangle, square, diamond, the other triangle
/// gnuplot's colours begin with how transparent they are.
constexpr std::uint32_t transparency = 0x60000000;

/// A format's measures, which are relative to the letters but for width and height.
struct ScatterLayout {
  int width, height;
  int letters;
  double left_margin, bottom_margin;
  double point_size, legend_size;
  int most_legend_rows;
};

constexpr ScatterLayout scatter_layout(ImageFormat format) {
  if (format == ImageFormat::svg) return {420, 380, 14, 8, 3.2, 0.35, 0.9, 18};
  return {1000, 800, 13, 11, 4, 0.7, 1.6, 24};
}

struct Style {
  std::uint32_t colour;
  int sign;
};

/// The style of each label that occurs, in ascending order.
std::map<std::uint8_t, Style> styles_of(std::span<const std::uint8_t> labels) {
  std::map<std::uint8_t, Style> styles;
  for (const std::uint8_t label : labels) styles[label] = {};
  std::size_t i = 0;
  for (auto& [label, style] : styles) {
    style = {label_colours[i % std::size(label_colours)], signs[i / std::size(label_colours) % std::size(signs)]};
    ++i;
  }
  return styles;
}

/// A range that holds the finite values of one axis with some air around them. gnuplot's own choice would fail
/// where there is no value at all, and squeeze a single one.
std::string range_of(std::span<const double> points, std::size_t axis) {
  double low = std::numeric_limits<double>::infinity(), high = -low;
  for (std::size_t i = axis; i < points.size(); i += 2) {
    if (!std::isfinite(points[i])) continue;
    low = std::min(low, points[i]);
    high = std::max(high, points[i]);
  }
  if (low > high) return "[-1:1]";
  double air = 0.03 * high - 0.03 * low;
  if (air == 0) air = high == 0 ? 1 : 0.1 * std::abs(high);
  return fmt::format("[{}:{}]", low - air, high + air);
}

}  // namespace

std::string scatter_script(const Scatter& scatter, ImageFormat format) {
  const std::size_t count = scatter.points.size() / 2;
  const bool labels_fit = scatter.labels.empty() || scatter.labels.size() == count;
  if (count == 0 || scatter.points.size() % 2 != 0 || !labels_fit) {
    throw ShapeError(
        fmt::format("scatter: expected points of 2 values, a label for each or none, found {} values "
                    "and {} labels",
                    scatter.points.size(), scatter.labels.size()));
  }
  const auto styles = styles_of(scatter.labels);
  std::string script = "$points << END\n";
  auto out = std::back_inserter(script);
  for (std::size_t i = 0; i < count; ++i) {
    const double x = scatter.points[2 * i], y = scatter.points[2 * i + 1];
    if (!std::isfinite(x) || !std::isfinite(y)) continue;
    const Style style = scatter.labels.empty() ? Style{label_colours[0], signs[0]} : styles.at(scatter.labels[i]);
    fmt::format_to(out, "{:.6g} {:.6g} {} {}\n", x, y, style.sign, transparency | style.colour);
  }
  script += "END\n";
  const ScatterLayout layout = scatter_layout(format);
  script += gnuplot_terminal(format, layout.width, layout.height, layout.letters);
  if (!scatter.title.empty())
    fmt::format_to(out, "set title {} noenhanced font ',15' offset 0,0.3\n", gnuplot_quoted(scatter.title));
  fmt::format_to(out, "set lmargin {}\nset tmargin {}\nset bmargin {}\n", layout.left_margin,
                 scatter.title.empty() ? 1 : 3.5, layout.bottom_margin);
  script +=
      "set border 3 lc rgb '#808080'\n"
      "set grid lt 1 lw 1 lc rgb '#e4e4e4'\n"
      "set xtics nomirror tc rgb '#303030'\nset ytics nomirror tc rgb '#303030'\n";
  if (styles.empty()) {
    script += "unset key\nset rmargin 4\n";
  } else {
    fmt::format_to(out, "set key outside right center vertical noenhanced samplen 1 spacing 1.3 maxrows {}\n",
                   layout.most_legend_rows);
  }
  const char* const names[] = {"x", "y"};
  for (std::size_t axis = 0; axis < 2; ++axis) {
    fmt::format_to(out, "set {0}label {1} noenhanced tc rgb '#303030'\nset {0}range {2}\n", names[axis],
                   gnuplot_quoted(scatter.axes[axis]), range_of(scatter.points, axis));
  }
  fmt::format_to(out, "plot $points using 1:2:3:4 with points ps {} pt variable lc rgb variable notitle",
                 layout.point_size);
  for (const auto& [label, style] : styles) {
    fmt::format_to(out, ", keyentry with points ps {} pt {} lc rgb '#{:06x}' title '{}'", layout.legend_size,
                   style.sign, style.colour, label);
  }
  return script + '\n';
}

std::string draw_scatter(const Scatter& scatter, ImageFormat format) {
  return run_gnuplot(scatter_script(scatter, format));
}

}  // namespace isthmus::report
