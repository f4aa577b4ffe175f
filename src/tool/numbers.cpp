#include "numbers.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "text.hpp"

namespace isthmus::tool {
namespace {

/// A text's leading number, as its characters are, and what follows.
struct Measured {
  std::string_view number, unit;
};

Measured split_unit(std::string_view text) {
  const std::size_t end = std::min(text.find_first_not_of("0123456789."), text.size());
  return {text.substr(0, end), text.substr(end)};
}

std::string small(std::string_view text) {
  std::string result(text);
  for (char& c : result)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return result;
}

/// What a unit stands for, `kb`, `kib`, `b` or nothing; 0 if it is none.
std::uint64_t bytes_of_unit(std::string unit) {
  if (unit.empty() || unit == "b") return 1;
  constexpr std::string_view prefixes = "kmgtpe";
  const std::size_t power = prefixes.find(unit[0]);
  if (power == std::string_view::npos) return 0;
  unit.erase(0, 1);
  if (unit != "b" && unit != "ib") return 0;
  std::uint64_t bytes = 1;
  for (std::size_t i = 0; i <= power; ++i) bytes *= unit == "b" ? 1000 : 1024;
  return bytes;
}

}  // namespace

std::optional<std::uint64_t> parse_bytes(std::string_view text) {
  constexpr auto most = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
  const Measured parts = split_unit(text);
  const std::uint64_t unit = bytes_of_unit(small(parts.unit));
  if (unit == 0) return std::nullopt;
  if (const auto whole = parse_number<std::uint64_t>(parts.number)) {
    if (*whole > most / unit) return std::nullopt;
    return *whole * unit;
  }
  const auto fraction = parse_number<double>(parts.number);
  if (!fraction) return std::nullopt;
  // 1.5GiB is a whole number of bytes; 0.3kB is, up to the last bit of a double.
  const double bytes = *fraction * static_cast<double>(unit), rounded = std::round(bytes);
  if (std::abs(bytes - rounded) > 1e-6 || rounded >= 0x1p53) return std::nullopt;
  return static_cast<std::uint64_t>(rounded);
}

std::optional<double> parse_seconds(std::string_view text) {
  const Measured parts = split_unit(text);
  const auto number = parse_number<double>(parts.number);
  if (!number) return std::nullopt;
  if (parts.unit.empty() || parts.unit == "s") return number;
  if (parts.unit == "ms") return *number * 1e-3;
  if (parts.unit == "min") return *number * 60;
  if (parts.unit == "h") return *number * 3600;
  return std::nullopt;
}

namespace detail {

std::string text_of_bounds(Bounds<std::int64_t> bounds) {
  return fmt::format("from {} to {}", bounds.least, bounds.most);
}

std::string text_of_bounds(Bounds<double> bounds) {
  return fmt::format("from {:g} to {:g}", bounds.least, bounds.most);
}

std::string out_of_bounds(bool whole, const std::string& bounds, const std::string& found) {
  return fmt::format("expected a {}number {}, found {}", whole ? "whole " : "", bounds, in_quotes(found));
}

}  // namespace detail

}  // namespace isthmus::tool
