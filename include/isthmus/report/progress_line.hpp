// The text of the progress bar, apart from the terminal that shows it.
#pragma once

#include <cstddef>
#include <span>

namespace isthmus::report {

/// The values that a progress bar shows.
struct ProgressState {
  int epoch;            ///< counts from 1
  int epochs;           ///< of the whole run
  long batch;           ///< batches done in this epoch
  long batches;         ///< batches of an epoch
  double fraction;      ///< of this epoch, 0 to 1
  double rate;          ///< samples per second; not finite or 0: not known yet
  double loss;          ///< of the last batch
  double seconds_left;  ///< of the whole run; not finite: not known yet
};

/// Writes one line of at most `line.size()` characters, all ASCII, without a line end, into `line`, and
/// returns how many there are. Where they are few, the less important parts are left out, the epoch as the
/// last one. Allocates nothing.
std::size_t write_progress_line(std::span<char> line, const ProgressState& state);

}  // namespace isthmus::report
