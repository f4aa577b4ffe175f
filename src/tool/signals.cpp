#include "signals.hpp"

#include <array>
#include <atomic>
#include <csignal>

namespace isthmus::tool {
namespace {

constexpr std::array watched{SIGINT, SIGTERM};

std::atomic<int> noted = 0;
static_assert(std::atomic<int>::is_always_lock_free, "a handler may write it");

extern "C" void note_signal(int number) {
  noted.store(number, std::memory_order_relaxed);
  for (const int each : watched) std::signal(each, SIG_DFL);
}

}  // namespace

StopSignals::StopSignals() {
  for (const int number : watched) {
    struct sigaction action{};
    if (::sigaction(number, nullptr, &action) != 0 || action.sa_handler == SIG_IGN) continue;
    action.sa_handler = note_signal;
    // Interrupted reads and writes are resumed.
    action.sa_flags = SA_RESTART;
    ::sigemptyset(&action.sa_mask);
    ::sigaction(number, &action, nullptr);
  }
}

StopSignals::~StopSignals() {
  for (const int number : watched) {
    struct sigaction action{};
    if (::sigaction(number, nullptr, &action) == 0 && action.sa_handler == note_signal)
      std::signal(number, SIG_DFL);
  }
}

int stop_signal() { return noted.load(std::memory_order_relaxed); }

const char* name_of_signal(int number) { return number == SIGINT ? "SIGINT" : "SIGTERM"; }

}  // namespace isthmus::tool
