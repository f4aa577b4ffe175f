#include <isthmus/data/atomic_file.hpp>
#include <isthmus/error.hpp>
#include <isthmus/report/loss_plot.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <limits>

#include "report/gnuplot.hpp"

namespace isthmus::report {
namespace {

constexpr const char* training_colour = "#1f77b4";
constexpr const char* validation_colour = "#e8710a";
constexpr const char* term_colours[] = {"#2a9d5c", "#8e5bb5", "#c2433f", "#7a6a58", "#1aa3b8", "#b8860b"};

/// A format's measures, which are relative to the letters but for width and height.
struct LossLayout {
  int width, panel_height, two_panels_height;
  int letters;
  double left_margin, bottom_margin;
  double title_margin, no_title_margin;  ///< above, with the legend
  int most_ticks;                        ///< on the axis of epochs
};

constexpr LossLayout loss_layout(ImageFormat format) {
  if (format == ImageFormat::svg) return {420, 300, 560, 14, 10.5, 3, 5, 3, 7};
  return {1000, 600, 1000, 13, 13, 3.8, 4.5, 4.5, 12};
}

/// The distance between ticks on the axis of epochs: a whole number, for so many ticks or few less.
int tick_step(int epochs, int most) {
  for (int power = 1;; power *= 10) {
    for (const int step : {power, 2 * power, 5 * power}) {
      if (epochs / step <= most) return step;
    }
    if (power >= 100'000'000) return power * 10;
  }
}

bool has_validation(const History& history) {
  return std::any_of(history.epochs.begin(), history.epochs.end(),
                     [](const Epoch& epoch) { return !epoch.validation.empty(); });
}

/// A vertical range that holds the finite values of the terms `first` to `last` - 1 with some air around
/// them. gnuplot's own choice would fail where there is no value at all, and squeeze a single one.
std::string value_range(const History& history, std::size_t first, std::size_t last) {
  double low = std::numeric_limits<double>::infinity(), high = -low;
  for (const auto& epoch : history.epochs) {
    for (const auto* values : {&epoch.train, &epoch.validation}) {
      for (std::size_t i = first; i < std::min(last, values->size()); ++i) {
        if (!std::isfinite((*values)[i])) continue;
        low = std::min(low, (*values)[i]);
        high = std::max(high, (*values)[i]);
      }
    }
  }
  if (low > high) return "[0:1]";
  double air = 0.06 * high - 0.06 * low;
  if (air == 0) air = high == 0 ? 1 : 0.1 * std::abs(high);
  return fmt::format("[{}:{}]", low - air, high + air);
}

/// The table of values: the epoch, then each term's training and validation loss.
void add_data(std::string& script, const History& history) {
  auto out = std::back_inserter(script);
  script += "$losses << END\n";
  const auto add = [&](double value) {
    std::isfinite(value) ? fmt::format_to(out, " {}", value) : fmt::format_to(out, " NaN");
  };
  for (const auto& epoch : history.epochs) {
    fmt::format_to(out, "{}", epoch.number);
    for (std::size_t i = 0; i < history.terms.size(); ++i) {
      add(epoch.train[i]);
      add(epoch.validation.empty() ? std::nan("") : epoch.validation[i]);
    }
    script += '\n';
  }
  script += "END\n";
}

/// One curve: a column of the table. Without a name it is not in the legend.
std::string curve(std::size_t column, bool dashed, const char* colour, int points, const std::string& name) {
  return fmt::format("$losses using 1:{} with {} lw 2 dt {} lc rgb '{}' pt {} ps 1 {}", column + 1,
                     points ? "linespoints" : "lines", dashed ? 2 : 1, colour, points,
                     name.empty() ? "notitle" : "title " + gnuplot_quoted(name));
}

}  // namespace

std::string loss_plot_script(const History& history, const std::string& title, ImageFormat format) {
  require_consistent(history);
  if (history.epochs.empty()) throw ShapeError("loss plot: expected at least one epoch, found none");
  const int first = history.epochs.front().number, last = history.epochs.back().number;
  const bool validated = has_validation(history);
  const std::size_t terms = history.terms.size();
  // Few epochs have points, so that a single one is seen; many would only smear the lines.
  const bool few = history.epochs.size() <= 60;
  const int disc = few ? 7 : 0, triangle = few ? 9 : 0;

  std::string script;
  auto out = std::back_inserter(script);
  add_data(script, history);
  const LossLayout layout = loss_layout(format);
  script += gnuplot_terminal(format, layout.width, terms > 1 ? layout.two_panels_height : layout.panel_height,
                             layout.letters);
  script +=
      "set border 3 lc rgb '#808080'\n"
      "set grid lt 1 lw 1 lc rgb '#e4e4e4'\n"
      "set key at graph 1, graph 1.02 right bottom horizontal noenhanced samplen 2.5 width 1\n"
      "set rmargin 4\n"
      "set xlabel 'epoch' tc rgb '#303030'\nset ylabel tc rgb '#303030'\n"
      "set ytics nomirror tc rgb '#303030'\n";
  fmt::format_to(out, "set lmargin {}\nset tmargin {}\nset bmargin {}\n", layout.left_margin,
                 title.empty() ? layout.no_title_margin : layout.title_margin, layout.bottom_margin);
  fmt::format_to(out, "set xtics nomirror {} tc rgb '#303030' format '%.0f'\nset xrange [{}:{}]\n",
                 tick_step(last - first + 1, layout.most_ticks), first - 0.5, last + 0.5);
  if (terms > 1) script += "set multiplot layout 2,1\n";

  if (!title.empty())
    fmt::format_to(out, "set title {} noenhanced font ',15' offset 0,0.8\n", gnuplot_quoted(title));
  fmt::format_to(out, "set ylabel 'loss'\nset yrange {}\n", value_range(history, 0, 1));
  script += "plot " + curve(1, false, training_colour, disc, "training");
  if (validated) script += ", " + curve(2, false, validation_colour, triangle, "validation");
  script += '\n';
  if (terms == 1) return script;

  // One name per term: twice as many would not fit side by side. No title, as the names may need its place.
  fmt::format_to(out, "unset title\nset ylabel '{}'\nset yrange {}\n",
                 validated ? "terms of the loss (dashed: validation)" : "terms of the loss",
                 value_range(history, 1, terms));
  for (std::size_t i = 1; i < terms; ++i) {
    const char* colour = term_colours[(i - 1) % std::size(term_colours)];
    script += (i == 1 ? "plot " : ", ") + curve(2 * i + 1, false, colour, disc, history.terms[i]);
    if (validated) script += ", " + curve(2 * i + 2, true, colour, triangle, "");
  }
  return script + "\nunset multiplot\n";
}

std::string draw_loss_plot(const History& history, const std::string& title, ImageFormat format) {
  return run_gnuplot(loss_plot_script(history, title, format));
}

void write_loss_plot(const std::filesystem::path& path, const History& history, const std::string& title) {
  data::write_atomically(path, draw_loss_plot(history, title, ImageFormat::png));
}

}  // namespace isthmus::report
