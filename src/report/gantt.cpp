#include <isthmus/data/atomic_file.hpp>
#include <isthmus/error.hpp>
#include <isthmus/report/gantt.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "gnuplot.hpp"

namespace isthmus::report {
namespace {

/// Neighbours in this list are far apart, as the operations of neighbouring layers are neighbours in time.
constexpr const char* colours[] = {"#1f77b4", "#ff7f0e", "#2ca02c", "#d62728", "#9467bd", "#8c564b",
                                   "#e377c2", "#17becf", "#bcbd22", "#7f7f7f", "#aec7e8", "#ffbb78",
                                   "#98df8a", "#ff9896", "#c5b0d5", "#c49c94"};

}  // namespace

std::string gantt_script(const std::vector<Span>& spans, const std::vector<std::string>& kinds,
                         const std::string& title) {
  if (spans.empty()) throw ShapeError("Gantt chart: expected at least one span, found none");
  int lanes = 0;
  double last = 0;
  std::vector<std::string> data(kinds.size());
  for (const Span& span : spans) {
    if (span.kind < 0 || span.kind >= static_cast<int>(kinds.size()) || span.end < span.begin || span.lane < 0)
      throw ShapeError(
          fmt::format("Gantt chart: expected a kind below {} and an end behind the beginning, found kind {}, "
                      "{} to {} ms in lane {}",
                      kinds.size(), span.kind, span.begin, span.end, span.lane));
    lanes = std::max(lanes, span.lane + 1);
    last = std::max(last, span.end);
    fmt::format_to(std::back_inserter(data[static_cast<std::size_t>(span.kind)]), "{} {} {} {}\n",
                   (span.begin + span.end) / 2, -span.lane, span.begin, span.end);
  }
  std::string script, plots;
  auto out = std::back_inserter(script);
  int used = 0;
  for (std::size_t k = 0; k < kinds.size(); ++k) {
    if (data[k].empty()) continue;
    fmt::format_to(out, "$kind{} << END\n{}END\n", k, data[k]);
    plots += fmt::format(
        "{}$kind{} using 1:2:3:4:($2-0.42):($2+0.42) with boxxyerror lc rgb '{}' fs solid 0.85 border "
        "lc rgb '#ffffff' title {}",
        used == 0 ? "plot " : ", ", k, colours[k % std::size(colours)], gnuplot_quoted(kinds[k]));
    ++used;
  }
  const int legend_rows = (used + 3) / 4;
  fmt::format_to(out, "{}set title {} noenhanced font 'sans,15'\nset xrange [0:{}]\nset yrange [{}:0.6]\n",
                 gnuplot_terminal(ImageFormat::png, 1600, 160 + 90 * lanes + 20 * legend_rows, 12),
                 gnuplot_quoted(title), last, -lanes + 0.4);
  script +=
      "set border 1 lc rgb '#808080'\nset xlabel 'milliseconds' tc rgb '#303030'\n"
      "set xtics nomirror tc rgb '#303030'\nset grid xtics lt 1 lw 1 lc rgb '#e4e4e4'\n"
      "set key below maxcols 4 noenhanced samplen 1.5 reverse Left\nset style line 1 lw 0.5\nset ytics (";
  for (int lane = 0; lane < lanes; ++lane)
    fmt::format_to(out, "{}'worker {}' {}", lane == 0 ? "" : ", ", lane, -lane);
  script += ") nomirror tc rgb '#303030'\n";
  return script + plots + '\n';
}

void write_gantt(const std::filesystem::path& path, const std::vector<Span>& spans,
                 const std::vector<std::string>& kinds, const std::string& title) {
  data::write_atomically(path, run_gnuplot(gantt_script(spans, kinds, title)));
}

}  // namespace isthmus::report
