// A progress bar for training.
#pragma once

#include <chrono>
#include <cstdio>
#include <optional>

namespace isthmus::report {

/// Shows how a training run proceeds on a stream, as a rule standard error. On a terminal a bar is drawn, at
/// most ten times a second, and each finished epoch leaves one line; elsewhere there are only these lines.
/// The run's time starts with the construction. Errors of the stream are ignored: training is not to fail for
/// its progress bar. One thread at a time may use it.
class Progress {
 public:
  /// `epochs` is the number of the run's last epoch, `samples_per_epoch` how many samples one trains on.
  Progress(std::FILE* stream, int epochs, long samples_per_epoch);
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;
  /// Clears the bar, so that an error's message starts on a line of its own.
  ~Progress();

  /// To be called after each batch: `samples_done` of epoch `epoch` (from 1) are done, the batch's loss was
  /// `loss`. Allocates nothing; unless the bar is due it reads a clock and returns.
  void update(int epoch, long samples_done, double loss) {
    if (epoch != epoch_) start_epoch(epoch, samples_done);
    if (!terminal_) return;
    const auto now = Clock::now();
    if (now >= next_draw_) draw(now, samples_done, loss);
  }

  /// Prints the line of a finished epoch: its losses, and how many seconds it took. Without a
  /// `validation_loss` there is no validation data.
  void finish_epoch(int epoch, double train_loss, std::optional<double> validation_loss, double seconds);

 private:
  using Clock = std::chrono::steady_clock;

  void start_epoch(int epoch, long samples_done);
  void draw(Clock::time_point now, long samples_done, double loss);
  void clear();

  std::FILE* stream_;
  bool terminal_;
  bool drawn_ = false;  // the bar stands on the terminal's current line
  int epochs_;
  int epoch_ = 0;  // of the last update
  long samples_per_epoch_;
  long batch_ = 1;           // samples
  int finished_epochs_ = 0;  // by this object: a resumed run starts later than at the first epoch
  Clock::time_point run_start_;
  Clock::time_point epoch_start_;
  Clock::time_point next_draw_;
};

}  // namespace isthmus::report
