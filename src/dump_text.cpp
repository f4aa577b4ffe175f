#include "dump_text.hpp"

#include <algorithm>
#include <cmath>

namespace isthmus {
namespace {

/// Columns that a text takes on a terminal: the bytes of UTF-8 that begin a character.
std::size_t width_of(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(
      text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }));
}

}  // namespace

std::string dot_quoted(std::string_view text) {
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '\n') {
      quoted += "\\n";
    } else if (c == '"' || c == '\\') {
      quoted += '\\';
      quoted += c;
    } else {
      quoted += static_cast<unsigned char>(c) < ' ' ? '?' : c;
    }
  }
  return quoted + '"';
}

std::string grouped(std::int64_t number) {
  std::string digits = fmt::format("{}", number);
  const std::size_t first = number < 0 ? 1 : 0;
  for (std::size_t at = digits.size(); at > first + 3;) {
    at -= 3;
    digits.insert(at, 1, ',');
  }
  return digits;
}

std::string flops_text(double flops) {
  constexpr const char* units[] = {"FLOP", "kFLOP", "MFLOP", "GFLOP", "TFLOP"};
  int unit = 0;
  while (flops >= 1000 && unit < 4) flops /= 1000, ++unit;
  return fmt::format("{:.3g} {}", flops, units[unit]);
}

boost::json::value json_number(double number) {
  if (std::isfinite(number)) return number;
  return boost::json::value(fmt::format("{}", number));
}

boost::json::array json_shape(const Shape& shape) {
  boost::json::array extents;
  for (int i = 0; i < shape.rank; ++i) {
    if (shape.dim[i] == batch)
      extents.emplace_back("batch");
    else
      extents.emplace_back(shape.dim[i]);
  }
  return extents;
}

std::string table(const std::vector<std::vector<std::string>>& rows, std::string_view indent) {
  std::vector<std::size_t> widths;
  for (const auto& row : rows) {
    if (row.size() > widths.size()) widths.resize(row.size(), 0);
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], width_of(row[i]));
  }
  std::string text;
  for (const auto& row : rows) {
    std::string line(indent);
    for (std::size_t i = 0; i < row.size(); ++i) {
      line += row[i];
      line.append(widths[i] - width_of(row[i]) + 2, ' ');
    }
    line.erase(line.find_last_not_of(' ') + 1);
    text += line + '\n';
  }
  return text;
}

std::string json_line(const boost::json::object& object) { return boost::json::serialize(object) + '\n'; }

}  // namespace isthmus
