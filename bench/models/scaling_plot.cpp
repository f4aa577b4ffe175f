#include "scaling_plot.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <set>

#include "report/gnuplot.hpp"

namespace bench {
namespace {

constexpr const char* colours[] = {"#1f77b4", "#e8710a", "#2a9d5c", "#8e5bb5"};

int place(const Point& point) { return point.sweep == "batch" ? point.batch : point.width; }
/// The value that is the same along a curve.
int fixed(const Point& point) { return point.sweep == "batch" ? point.width : point.batch; }

/// The points of one curve as a table: where, median, the two limits, the roof.
void add_table(std::string& script, const std::string& name, const std::vector<Point>& points) {
  const auto out = std::back_inserter(script);
  fmt::format_to(out, "${} << END\n", name);
  for (const Point& point : points)
    fmt::format_to(out, "{} {} {} {} {}\n", place(point), point.median_ms, point.compute_ms(), point.memory_ms(),
                   point.roof_ms());
  script += "END\n";
}

void add_panel(std::string& script, const std::vector<Point>& all, const std::string& sweep,
               const std::string& mode) {
  const auto out = std::back_inserter(script);
  std::set<int> families;
  std::vector<Point> points;
  std::copy_if(all.begin(), all.end(), std::back_inserter(points),
               [&](const Point& point) { return point.sweep == sweep && point.mode == mode; });
  for (const Point& point : points) families.insert(fixed(point));
  const bool over_batch = sweep == "batch";
  double low = points.front().median_ms, high = low;
  for (const Point& point : points) {
    low = std::min({low, point.compute_ms(), point.memory_ms()});
    high = std::max(high, point.median_ms);
  }
  std::string plot;
  const auto curve = [&](const std::string& table, int column, const std::string& look, const std::string& title) {
    plot += fmt::format("{}${} using 1:{} with {} title {}", plot.empty() ? "plot " : ", ", table, column, look,
                        isthmus::report::gnuplot_quoted(title));
  };
  std::size_t i = 0;
  for (const int family : families) {
    std::vector<Point> members;
    std::copy_if(points.begin(), points.end(), std::back_inserter(members),
                 [&](const Point& point) { return fixed(point) == family; });
    const std::string table = fmt::format("{}_{}_{}", sweep, mode, family);
    add_table(script, table, members);
    const char* const colour = colours[i++ % std::size(colours)];
    const std::string measured = fmt::format("linespoints lw 2 pt 7 ps 0.9 lc rgb '{}'", colour);
    if (over_batch) {
      curve(table, 2, measured, "measured, median");
      curve(table, 3, "lines lw 1.5 dt 2 lc rgb '#606060'", "operations at the FMA peak");
      curve(table, 4, "lines lw 1.5 dt 3 lc rgb '#606060'", "bytes at the stream rate");
    } else {
      curve(table, 2, measured, fmt::format("batch {}, measured", family));
      curve(table, 5, fmt::format("lines lw 1.5 dt 2 lc rgb '{}'", colour), fmt::format("batch {}, roof", family));
    }
  }
  fmt::format_to(out, "set yrange [{}:{}]\nset title '{}: {}'\nset xlabel '{}'\n{}\n", low / 2, high * 4,
                 mode == "train" ? "training" : "use",
                 over_batch ? "dense (width 512) over the batch" : "over the width",
                 over_batch ? "batch, samples" : "width, values of the first hidden layer", plot);
}

}  // namespace

std::string scaling_script(const std::vector<Point>& points, const std::string& machine) {
  std::string script =
      "set encoding utf8\nset terminal pngcairo size 1400,1050 font 'sans,12' background '#ffffff'\n"
      "set border 3 lc rgb '#808080'\nset grid lt 1 lw 1 lc rgb '#e4e4e4'\n"
      "set key left top Left reverse noenhanced samplen 3\n"
      "set logscale x 2\nset logscale y 10\nset format y '%.10g'\nset ytics 10\n"
      "set xtics nomirror tc rgb '#303030'\nset ytics nomirror tc rgb '#303030'\n"
      "set ylabel 'milliseconds per step'\nset offsets graph 0.03, graph 0.03, 0, 0\n";
  script +=
      fmt::format("set multiplot layout 2,2 title {} noenhanced\n", isthmus::report::gnuplot_quoted(machine));
  for (const char* mode : {"train", "reconstruct"})
    for (const char* sweep : {"batch", "width"}) add_panel(script, points, sweep, mode);
  return script + "unset multiplot\n";
}

}  // namespace bench
