// Signals that ask a run to end: the first one is noted, so that it can end well; the second one ends it at once.
#pragma once

#include <string>

namespace isthmus::tool {

/// The exception that ends a command after a signal; it is not derived from any error.
struct Interrupted {
  int signal;
  std::string last_words = {};  ///< how to go on, for standard error
  /// The exit code by the shells' convention: 130 for SIGINT, 143 for SIGTERM.
  int exit_code() const { return 128 + signal; }
};

/// While this lives, the first SIGINT or SIGTERM is noted, and those after it do what they usually do. A signal
/// that the process was started to ignore, as nohup and shells' background jobs do, stays ignored.
class StopSignals {
 public:
  StopSignals();
  ~StopSignals();
  StopSignals(const StopSignals&) = delete;
  StopSignals& operator=(const StopSignals&) = delete;
};

/// The signal that was noted, or 0.
int stop_signal();

/// SIGINT or SIGTERM.
const char* name_of_signal(int number);

}  // namespace isthmus::tool
