#include <isthmus/report/progress.hpp>
#include <isthmus/report/progress_line.hpp>

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <iterator>
#include <limits>
#include <span>
#include <string>
#include <string_view>

namespace isthmus::report {
namespace {

constexpr std::chrono::milliseconds draw_interval{100};
constexpr std::string_view line_start = "\r", clear_rest = "\x1b[K";

/// A terminal that knows how to clear a line.
bool is_terminal(std::FILE* stream) {
  const char* kind = std::getenv("TERM");
  return ::isatty(::fileno(stream)) == 1 && !(kind && std::string_view(kind) == "dumb");
}

std::size_t terminal_width(std::FILE* stream) {
  winsize size{};
  if (::ioctl(::fileno(stream), TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return 80;
  return size.ws_col;
}

void write(std::FILE* stream, std::string_view text) {
  std::fwrite(text.data(), 1, text.size(), stream);
  std::fflush(stream);
}

double seconds(std::chrono::steady_clock::duration duration) {
  return std::chrono::duration<double>(duration).count();
}

}  // namespace

Progress::Progress(std::FILE* stream, int epochs, long samples_per_epoch)
    : stream_(stream),
      terminal_(is_terminal(stream)),
      epochs_(epochs),
      samples_per_epoch_(std::max(samples_per_epoch, 1l)),
      run_start_(Clock::now()),
      epoch_start_(run_start_),
      next_draw_(run_start_ + draw_interval) {}

Progress::~Progress() { clear(); }

void Progress::start_epoch(int epoch, long samples_done) {
  epoch_ = epoch;
  batch_ = std::max(samples_done, 1l);
}

void Progress::draw(Clock::time_point now, long samples_done, double loss) {
  next_draw_ = now + draw_interval;
  const auto done = static_cast<double>(samples_done), per_epoch = static_cast<double>(samples_per_epoch_);
  const double run_done = finished_epochs_ * per_epoch + done;
  const double run_left = (epochs_ - epoch_ + 1) * per_epoch - done;
  // The run's pace, validation included, says when it ends; the epoch's own says how fast training is.
  const double left =
      run_done > 0 ? seconds(now - run_start_) / run_done * run_left : std::numeric_limits<double>::infinity();
  const ProgressState state{.epoch = epoch_,
                            .epochs = epochs_,
                            .batch = (samples_done + batch_ - 1) / batch_,
                            .batches = (samples_per_epoch_ + batch_ - 1) / batch_,
                            .fraction = done / per_epoch,
                            .rate = done / seconds(now - epoch_start_),
                            .loss = loss,
                            .seconds_left = left};
  constexpr std::size_t widest = 256;
  char line[line_start.size() + widest + clear_rest.size()];
  char* end = std::copy(line_start.begin(), line_start.end(), line);
  // A line as wide as the terminal would wrap on some.
  end += write_progress_line({end, std::min(terminal_width(stream_) - 1, widest)}, state);
  // The rest of a longer previous line is cleared after the new one is written, so that the bar does not flicker.
  end = std::copy(clear_rest.begin(), clear_rest.end(), end);
  write(stream_, {line, static_cast<std::size_t>(end - line)});
  drawn_ = true;
}

void Progress::clear() {
  if (drawn_) write(stream_, std::string(line_start).append(clear_rest));
  drawn_ = false;
}

void Progress::finish_epoch(int epoch, double train_loss, std::optional<double> validation_loss, double seconds) {
  clear();
  std::string line;
  auto out = std::back_inserter(line);
  const auto total = fmt::format("{}", epochs_);
  fmt::format_to(out, "epoch {:>{}}/{}  {:.2f} s  training loss {:.6g}", epoch, total.size(), total, seconds,
                 train_loss);
  if (validation_loss) fmt::format_to(out, "  validation loss {:.6g}", *validation_loss);
  line += '\n';
  write(stream_, line);
  ++finished_epochs_;
  epoch_ = 0;
  epoch_start_ = Clock::now();
}

}  // namespace isthmus::report
