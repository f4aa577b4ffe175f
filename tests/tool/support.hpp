// Helpers that the tests of the command share: running it as a child process, data that are learned quickly.
#pragma once

#include <isthmus/data/idx.hpp>
#include <isthmus/random.hpp>

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "data/temporary_folder.hpp"
#include "support/catch.hpp"

extern char** environ;

/// How a command ended and what it said.
struct Outcome {
  int status = -1;  ///< the exit code; 128 and more if a signal ended it
  std::string out, err;

  boost::json::object json() const { return boost::json::parse(out).as_object(); }
  /// The last line of standard error, after a training's progress and other remarks.
  std::string last_line() const {
    if (err.size() < 2 || err.back() != '\n') return "no line: " + err;
    return err.substr(err.rfind('\n', err.size() - 2) + 1);
  }
  /// Whether standard error is exactly one line that begins `isthmus: `.
  bool says_one_line() const {
    return err.starts_with("isthmus: ") && std::count(err.begin(), err.end(), '\n') == 1 && err.back() == '\n';
  }
};

/// Bad data: exit code 1, and one line that says `expected`.
inline void check_refused(const Outcome& outcome, const std::string& expected) {
  INFO(outcome.err);
  CHECK(outcome.status == 1);
  CHECK(outcome.says_one_line());
  CHECK(outcome.out.empty());
  CHECK(outcome.err.find(expected) != std::string::npos);
}

/// A program that runs.
class Child {
 public:
  Child(const std::filesystem::path& folder, const std::string& program, std::vector<std::string> arguments,
        const std::string& out_file = "", int out_descriptor = -1)
      : keeps_out_(out_file.empty() && out_descriptor < 0),
        out_(out_file.empty() ? (streams_ / "out").string() : out_file) {
    const std::string err = (streams_ / "err").string();
    arguments.insert(arguments.begin(), program);
    std::vector<char*> argv;
    for (std::string& argument : arguments) argv.push_back(argument.data());
    argv.push_back(nullptr);

    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addchdir_np(&actions, folder.c_str());
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
    if (out_descriptor < 0)
      posix_spawn_file_actions_addopen(&actions, 1, out_.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
    else posix_spawn_file_actions_adddup2(&actions, out_descriptor, 1);
    posix_spawn_file_actions_addopen(&actions, 2, err.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
    // Whoever runs the tests in the background may have told them to ignore SIGINT.
    posix_spawnattr_t attributes;
    posix_spawnattr_init(&attributes);
    sigset_t usual;
    sigemptyset(&usual);
    for (const int number : {SIGINT, SIGTERM}) sigaddset(&usual, number);
    posix_spawnattr_setsigdefault(&attributes, &usual);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF);
    const int error = ::posix_spawn(&child_, program.c_str(), &actions, &attributes, argv.data(), environ);
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
    if (error != 0) throw std::runtime_error("cannot run " + program);
  }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  ~Child() {
    if (child_ <= 0) return;
    ::kill(child_, SIGKILL);
    ::waitpid(child_, nullptr, 0);
  }

  pid_t id() const { return child_; }
  void signal(int number) const { ::kill(child_, number); }

  Outcome wait() {
    int status = 0;
    if (::waitpid(child_, &status, 0) != child_) throw std::runtime_error("waitpid");
    child_ = 0;
    Outcome outcome;
    outcome.status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    if (keeps_out_) outcome.out = read_bytes(out_);
    outcome.err = read_bytes(streams_ / "err");
    return outcome;
  }

 private:
  TemporaryFolder streams_;
  bool keeps_out_;
  std::string out_;
  pid_t child_ = 0;
};

/// Waits until it is so; a test's own time limit ends what never is.
template <class Condition>
void wait_until(Condition condition) {
  while (!condition()) std::this_thread::sleep_for(std::chrono::milliseconds(1));
}

/// Whether a process has a handler for this signal: the masks of signals in /proc/PID/status are hexadecimal.
inline bool catches(pid_t process, int number) {
  std::ifstream status("/proc/" + std::to_string(process) + "/status");
  for (std::string line; std::getline(status, line);)
    if (line.starts_with("SigCgt:")) return (std::stoull(line.substr(7), nullptr, 16) >> (number - 1) & 1) != 0;
  return false;
}

/// Width and height of a PNG, from its first chunk.
inline std::pair<int, int> size_of_png(const std::string& bytes) {
  const auto number = [&](std::size_t at) {
    int value = 0;
    for (std::size_t i = 0; i < 4; ++i) value = value * 256 + static_cast<unsigned char>(bytes.at(at + i));
    return value;
  };
  return {number(16), number(20)};
}

/// A folder to run the command in: relative paths in its arguments are in it.
class Workplace : public TemporaryFolder {
 public:
  /// Runs `isthmus` with these arguments; standard output goes to `out_file` instead of the outcome if given,
  /// or to the descriptor `out_descriptor`.
  Outcome run(std::vector<std::string> arguments, const std::string& out_file = "",
              int out_descriptor = -1) const {
    return run_program(ISTHMUS_TOOL, std::move(arguments), out_file, out_descriptor);
  }

  /// The same of any program.
  Outcome run_program(const std::string& program, std::vector<std::string> arguments,
                      const std::string& out_file = "", int out_descriptor = -1) const {
    return Child(path(), program, std::move(arguments), out_file, out_descriptor).wait();
  }

  /// Starts `isthmus` with these arguments.
  std::unique_ptr<Child> start(std::vector<std::string> arguments) const {
    return std::make_unique<Child>(path(), ISTHMUS_TOOL, std::move(arguments));
  }

  /// Writes images of 28 × 28: one bright quarter each, more or less bright. A few steps learn them.
  void write_quarters(const std::string& name, std::int64_t count) const {
    using isthmus::Purpose;
    std::vector<std::uint8_t> pixels(static_cast<std::size_t>(count) * 784, 0);
    for (std::int64_t i = 0; i < count; ++i) {
      const auto at = static_cast<std::uint64_t>(i);
      const std::uint32_t quarter = isthmus::random_word(1, Purpose::example, 0, at) % 4;
      const auto shade = static_cast<std::uint8_t>(128 + isthmus::random_word(1, Purpose::example, 1, at) % 128);
      for (std::size_t y = 0; y < 14; ++y)
        for (std::size_t x = 0; x < 14; ++x)
          pixels[static_cast<std::size_t>(i) * 784 + (y + 14 * (quarter / 2)) * 28 + x + 14 * (quarter % 2)] =
              shade;
    }
    isthmus::data::write_idx(path() / name, std::array<std::int64_t, 3>{count, 28, 28}, pixels);
  }

  std::string text(const std::string& name) const { return read_bytes(path() / name); }
  bool has(const std::string& name) const { return std::filesystem::exists(path() / name); }
};

/// Sets an environment variable of this process, and so of the commands that it runs, until the end of the scope.
class Variable {
 public:
  Variable(const char* name, const std::string& value) : name_(name) {
    if (const char* old = std::getenv(name)) old_ = old;
    ::setenv(name, value.c_str(), 1);
  }
  Variable(const Variable&) = delete;
  Variable& operator=(const Variable&) = delete;
  ~Variable() { old_ ? ::setenv(name_, old_->c_str(), 1) : ::unsetenv(name_); }

 private:
  const char* name_;
  std::optional<std::string> old_;
};

/// Trains `dense` on 300 of those images, 64 at a time unless `more` says otherwise.
inline Outcome train_dense(const Workplace& place, std::vector<std::string> more) {
  if (!place.has("images")) place.write_quarters("images", 300);
  std::vector<std::string> arguments{"train", "dense", "--data", "images", "--json"};
  if (std::find(more.begin(), more.end(), "--batch") == more.end())
    arguments.insert(arguments.end(), {"--batch", "64"});
  arguments.insert(arguments.end(), more.begin(), more.end());
  return place.run(arguments);
}

/// The weights' sum that a training ended with.
inline std::string weights_of(const Outcome& outcome) {
  if (outcome.status != 0) throw std::runtime_error("training failed: " + outcome.err);
  return std::string(outcome.json().at("weights_sha256").as_string());
}
