#include "output.hpp"

#include <isthmus/error.hpp>

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdio>

#include "dump/json.hpp"

namespace isthmus::tool {
namespace {

[[noreturn]] void fail() { throw FileError::system("standard output", "write", errno); }

bool is_quiet = false;
/// The stream that `print` writes to.
std::FILE* printed_to = nullptr;
std::vector<std::string> remembered_warnings;

}  // namespace

void set_quiet(bool quiet) { is_quiet = quiet; }

void prepare_streams() {
  // A closed pipe and a file beyond the shell's limit are errors of the write, which says so and cleans up.
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);
  for (int number = 0; number <= 2; ++number) {
    if (::fcntl(number, F_GETFD) >= 0) continue;
    // Opened for the wrong direction: writing to it fails, as it does to a closed one.
    if (::open("/dev/null", number == 0 ? O_WRONLY : O_RDONLY) != number) return;
  }
}

void leave_output_to_file() { printed_to = stderr; }

void print(std::string_view text) {
  if (std::fwrite(text.data(), 1, text.size(), printed_to == nullptr ? stdout : printed_to) != text.size()) fail();
}

void print(const boost::json::object& object) {
  print(json_text(object,
                  [](const std::string& place, double number) {
                    say(fmt::format("{} is {}, for which JSON has null", place, number));
                  }) +
        '\n');
}

void flush_output() {
  if (std::fflush(stdout) != 0) fail();
}

void say(std::string_view message) {
  if (is_quiet) return;
  std::string line = fmt::format("isthmus: {}", message);
  std::replace_if(
      line.begin(), line.end(), [](char c) { return static_cast<unsigned char>(c) < ' ' || c == 127; }, '?');
  line += '\n';
  std::fwrite(line.data(), 1, line.size(), stderr);
}

void warn(const std::string& message) {
  say(message);
  remembered_warnings.push_back(message);
}

const std::vector<std::string>& warnings() { return remembered_warnings; }

std::string listing(const std::vector<std::pair<std::string, std::string>>& pairs) {
  std::size_t width = 0;
  for (const auto& [name, value] : pairs) width = std::max(width, name.size());
  std::string text;
  for (const auto& [name, value] : pairs) text += fmt::format("{:<{}}  {}\n", name, width, value);
  return text;
}

}  // namespace isthmus::tool
