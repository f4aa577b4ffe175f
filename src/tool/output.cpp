#include "output.hpp"

#include <isthmus/error.hpp>

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdio>

namespace isthmus::tool {
namespace {

[[noreturn]] void fail() { throw FileError::system("standard output", "write", errno); }

bool is_number(std::string_view cell) {
  return !cell.empty() && (cell[0] == '-' || (cell[0] >= '0' && cell[0] <= '9'));
}

}  // namespace

void prepare_streams() {
  std::signal(SIGPIPE, SIG_IGN);
  for (int number = 0; number <= 2; ++number) {
    if (::fcntl(number, F_GETFD) >= 0) continue;
    // Opened for the wrong direction: writing to it fails, as it does to a closed one.
    if (::open("/dev/null", number == 0 ? O_WRONLY : O_RDONLY) != number) return;
  }
}

void print(std::string_view text) {
  if (std::fwrite(text.data(), 1, text.size(), stdout) != text.size()) fail();
}

void print(const boost::json::object& object) { print(boost::json::serialize(object) + '\n'); }

void flush_output() {
  if (std::fflush(stdout) != 0) fail();
}

void say(std::string_view message) {
  std::string line = fmt::format("isthmus: {}", message);
  std::replace_if(
      line.begin(), line.end(), [](char c) { return static_cast<unsigned char>(c) < ' ' || c == 127; }, '?');
  line += '\n';
  std::fwrite(line.data(), 1, line.size(), stderr);
}

std::string table(const std::vector<std::vector<std::string>>& rows) {
  std::vector<std::size_t> widths;
  for (const auto& row : rows) {
    widths.resize(std::max(widths.size(), row.size()), 0);
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  }
  std::string text;
  for (const auto& row : rows) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i)
      line += fmt::format("{}{:{}}", i == 0 ? "" : "  ",
                          is_number(row[i]) ? fmt::format("{:>{}}", row[i], widths[i]) : row[i], widths[i]);
    line.erase(line.find_last_not_of(' ') + 1);
    text += line + '\n';
  }
  return text;
}

std::string listing(const std::vector<std::pair<std::string, std::string>>& pairs) {
  std::size_t width = 0;
  for (const auto& [name, value] : pairs) width = std::max(width, name.size());
  std::string text;
  for (const auto& [name, value] : pairs) text += fmt::format("{:<{}}  {}\n", name, width, value);
  return text;
}

std::string grouped(long long number) {
  std::string digits = fmt::format("{}", number);
  const std::size_t first = number < 0 ? 1 : 0;
  for (std::size_t at = digits.size(); at > first + 3;) {
    at -= 3;
    digits.insert(at, 1, ',');
  }
  return digits;
}

}  // namespace isthmus::tool
