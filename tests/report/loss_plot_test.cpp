#include <isthmus/error.hpp>
#include <isthmus/report/loss_plot.hpp>

#include <array>
#include <cmath>
#include <csignal>
#include <limits>

#include "report/scratch.hpp"
#include "report/svg.hpp"
#include "support/catch.hpp"

namespace report = isthmus::report;
using report::History;

namespace {

constexpr std::array<int, 3> training_colour{0x1f, 0x77, 0xb4}, validation_colour{0xe8, 0x71, 0x0a};

History falling(int epochs) {
  History history{{"loss"}, {}};
  for (int i = 1; i <= epochs; ++i) history.epochs.push_back({i, 1, {1.0 / i}, {1.5 / i}});
  return history;
}

/// How many pixels of the plot, right of its axis and below its legend, have exactly this colour.
int count(const report::Picture& picture, std::array<int, 3> colour) {
  int found = 0;
  for (int y = 95; y < picture.height; ++y) {
    for (int x = 145; x < picture.width; ++x) {
      const auto* pixel = picture.pixels.data() + (y * picture.width + x) * 3;
      found += pixel[0] == colour[0] && pixel[1] == colour[1] && pixel[2] == colour[2];
    }
  }
  return found;
}

bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

/// The message of the Error that plotting into `path` throws.
std::string complaint(const std::filesystem::path& path) {
  try {
    report::write_loss_plot(path, falling(3), "title");
  } catch (const isthmus::Error& error) {
    return error.what();
  }
  return "no error";
}

/// A folder with a command gnuplot that is the given shell script.
void install_gnuplot(const Scratch& scratch, const std::string& script) {
  write_file(scratch / "gnuplot", "#!/bin/sh\n" + script);
  std::filesystem::permissions(scratch / "gnuplot", std::filesystem::perms::owner_all);
}

}  // namespace

TEST_CASE("the plot is a picture with both curves") {
  Scratch scratch;
  report::write_loss_plot(scratch / "loss.png", falling(20), "dense on mnist");
  const auto picture = decode_png(read_file(scratch / "loss.png"), 3);
  CHECK(picture.width == 1000);
  CHECK(picture.height == 600);
  CHECK(count(picture, training_colour) > 300);
  CHECK(count(picture, validation_colour) > 300);
}

TEST_CASE("a single epoch is seen") {
  Scratch scratch;
  report::write_loss_plot(scratch / "loss.png", falling(1), "one");
  const auto picture = decode_png(read_file(scratch / "loss.png"), 3);
  CHECK(count(picture, training_colour) > 10);
  CHECK(count(picture, validation_colour) > 10);
}

TEST_CASE("further terms have a panel of their own") {
  Scratch scratch;
  const History history{{"loss", "kl", "it's"}, {{1, 1, {3, 2, 1}, {3, 2, 1}}, {2, 1, {2, 1, 1}, {}}}};
  report::write_loss_plot(scratch / "loss.png", history, "vae");
  CHECK(decode_png(read_file(scratch / "loss.png"), 3).height == 1000);
  const std::string script = report::loss_plot_script(history, "vae");
  CHECK(contains(script, "title 'kl'"));
  CHECK(contains(script, "title 'it''s'"));
  CHECK(contains(script, "\n2 2 NaN 1 NaN 1 NaN\n"));
}

TEST_CASE("the ticks are whole epochs, about ten") {
  const auto ticks = [](int epochs) {
    const std::string script = report::loss_plot_script(falling(epochs), "");
    const std::string start = "set xtics nomirror ";
    const auto at = script.find(start) + start.size();
    return std::stoi(script.substr(at));
  };
  CHECK(ticks(1) == 1);
  CHECK(ticks(12) == 1);
  CHECK(ticks(13) == 2);
  CHECK(ticks(30) == 5);
  CHECK(ticks(100) == 10);
  CHECK(ticks(1000) == 100);
  CHECK(contains(report::loss_plot_script(falling(1), ""), "set xrange [0.5:1.5]"));
  History late{{"loss"}, {{std::numeric_limits<int>::max(), 1, {1}, {}}}};
  CHECK_NOTHROW(report::loss_plot_script(late, ""));
  late.epochs.insert(late.epochs.begin(), {1, 1, {1}, {}});
  CHECK_NOTHROW(report::loss_plot_script(late, ""));
}

TEST_CASE("losses that are equal, zero or not finite can be drawn") {
  Scratch scratch;
  const double infinity = std::numeric_limits<double>::infinity();
  for (const double value : {0.0, 5.0, -1e-12, 1e300, std::nan(""), infinity, -infinity}) {
    const History history{{"loss"}, {{1, 1, {value}, {value}}, {2, 1, {value}, {value}}}};
    CHECK_NOTHROW(report::write_loss_plot(scratch / "loss.png", history, "flat"));
  }
  CHECK(contains(report::loss_plot_script({{"loss"}, {{1, 1, {infinity}, {}}}}, ""), "set yrange [0:1]"));
}

TEST_CASE("as SVG it is well-formed, narrow, and its letters are readable at 328 pixels") {
  using report::ImageFormat;
  for (const std::size_t terms : {1u, 3u}) {
    History history = falling(20);
    for (std::size_t i = 1; i < terms; ++i) history.terms.push_back("<term> & " + std::to_string(i));
    for (auto& epoch : history.epochs) {
      epoch.train.resize(terms, 0.5);
      epoch.validation.resize(terms, 0.25);
    }
    const std::string text = report::draw_loss_plot(history, "", ImageFormat::svg);
    const Svg svg(text);
    CHECK(svg.width() == 420);
    CHECK(svg.height() == (terms == 1 ? 300 : 560));
    for (const char* colour : {"rgb( 31, 119, 180)", "rgb(232, 113,  10)"}) CHECK(contains(text, colour));
    const std::string size = "font-size=\"";
    int texts = 0;
    for (auto at = text.find(size); at != std::string::npos; at = text.find(size, at + 1), ++texts)
      CHECK(std::stod(text.substr(at + size.size())) * 328 / svg.width() >= 10);
    CHECK(texts > 10);
    // The same bytes for the same losses.
    CHECK(report::draw_loss_plot(history, "", ImageFormat::svg) == text);
  }
}

TEST_CASE("without a title there is none") {
  CHECK_FALSE(contains(report::loss_plot_script(falling(2), "", report::ImageFormat::svg), "set title"));
  CHECK(contains(report::loss_plot_script(falling(2), "run", report::ImageFormat::svg), "set title 'run'"));
}

TEST_CASE("a title is only text") {
  Scratch scratch;
  const std::string victim = (scratch / "victim").string();
  const std::string title = "it's `touch " + victim + "`\n'; system('touch " + victim + "') \\ \" {/Bold x} é";
  report::write_loss_plot(scratch / "loss.png", falling(2), title);
  CHECK_FALSE(std::filesystem::exists(victim));
  CHECK(decode_png(read_file(scratch / "loss.png"), 3).width == 1000);
}

TEST_CASE("a history without epochs cannot be plotted") {
  CHECK_THROWS_AS(report::loss_plot_script(falling(0), ""), isthmus::ShapeError);
  CHECK_THROWS_AS(report::loss_plot_script({{"loss"}, {{1, 1, {}, {}}}}, ""), isthmus::ShapeError);
}

TEST_CASE("a missing gnuplot is one clear line, and the old plot stays") {
  Scratch scratch, empty;
  const auto path = scratch / "loss.png";
  write_file(path, "old");
  const Environment command_path("PATH", empty.folder().string());
  CHECK(complaint(path) == "gnuplot: not found: expected the command gnuplot (package gnuplot-nox)");
  CHECK(read_file(path) == "old");
  CHECK(scratch.size() == 1);
}

TEST_CASE("a failing gnuplot is one line with its own words, and the old plot stays") {
  Scratch scratch, commands;
  const auto path = scratch / "loss.png";
  write_file(path, "old");
  const Environment command_path("PATH", commands.folder().string());
  install_gnuplot(commands, "echo 'plot x'; echo '     ^' >&2; echo '   line 7: something broke' >&2; exit 1\n");
  CHECK(complaint(path) == "gnuplot: line 7: something broke");
  install_gnuplot(commands, "exit 1\n");
  CHECK(complaint(path) == "gnuplot: it failed without a message");
  install_gnuplot(commands, "kill -9 $$\n");
  CHECK(complaint(path) == "gnuplot: it failed without a message");
  install_gnuplot(commands, "exit 0\n");  // says all is well and draws nothing
  CHECK(complaint(path) == "gnuplot: it failed without a message");
  CHECK(read_file(path) == "old");
  CHECK(scratch.size() == 1);
}

TEST_CASE("no temporary file is left, whether it works or not") {
  Scratch scratch, temporary;
  const Environment folder("TMPDIR", temporary.folder().string());
  CHECK(complaint(scratch / "loss.png") == "no error");
  CHECK(temporary.size() == 0);
  CHECK(contains(complaint(scratch / "none" / "loss.png"), "none/loss.png: cannot create"));
  CHECK(temporary.size() == 0);
  const Environment nowhere("TMPDIR", (temporary / "none").string());
  CHECK(contains(complaint(scratch / "loss.png"), "gnuplot: cannot find the folder for temporary files"));
}

TEST_CASE("a host that ignores the end of its children gets its plot") {
  Scratch scratch;
  const auto old = std::signal(SIGCHLD, SIG_IGN);
  const std::string result = complaint(scratch / "loss.png");
  std::signal(SIGCHLD, old);
  CHECK(result == "no error");
  CHECK(decode_png(read_file(scratch / "loss.png"), 3).width == 1000);
}
