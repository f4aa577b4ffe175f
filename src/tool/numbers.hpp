// Numbers on the command line: decimal, and taken as they are said to the last digit, or refused. CLI11's own
// options read 010 as eight, 0x10 as sixteen and true as one, clamp what does not fit, and let NaN through.
#pragma once

#include "command_line.hpp"

#include <charconv>
#include <cmath>
#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace isthmus::tool {

template <class T>
concept Number = std::integral<T> || std::floating_point<T>;

/// The whole text as a number of this type; nothing if it is something else, is not finite, or does not fit: also
/// for a fraction that is too small.
template <Number T>
std::optional<T> parse_number(std::string_view text) {
  T value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  if constexpr (std::floating_point<T>)
    if (!std::isfinite(value)) return std::nullopt;
  return value;
}

/// 1000, 256MB, 1.5GiB in bytes, a unit of B, or of kB to EB by thousands, or of KiB to EiB by 1024, capitals or
/// not; nothing if it is no such thing, no whole number of bytes, or above 2^63 - 1.
std::optional<std::uint64_t> parse_bytes(std::string_view text);

/// 90, 60s, 1.5min, 2h, 500ms in seconds; nothing if it is no such thing.
std::optional<double> parse_seconds(std::string_view text);

/// The interval from `least` to `most`.
template <Number T>
struct Bounds {
  T least, most;
};

namespace detail {

std::string text_of_bounds(Bounds<std::int64_t> bounds);
std::string text_of_bounds(Bounds<double> bounds);
/// `expected … from 1 to 10, found 'x'`
std::string out_of_bounds(bool whole, const std::string& bounds, const std::string& found);

template <Number T>
std::string text_of(Bounds<T> bounds) {
  using Wide = std::conditional_t<std::integral<T>, std::int64_t, double>;
  return text_of_bounds(Bounds<Wide>{static_cast<Wide>(bounds.least), static_cast<Wide>(bounds.most)});
}

template <Number T>
Check within(Bounds<T> bounds) {
  return [bounds](const std::string& text) {
    const std::optional<T> number = parse_number<T>(text);
    if (number && *number >= bounds.least && *number <= bounds.most) return std::string();
    return out_of_bounds(std::integral<T>, text_of(bounds), text);
  };
}

}  // namespace detail

/// An option that takes one number within bounds. `value` is one, or may be left without.
template <Number T, class Target>
Option add_number(const Command& command, const std::string& name, Target& value, Bounds<T> bounds,
                  const std::string& description) {
  return command
      .add_option(
          name, [&value](const std::string& text) { value = parse_number<T>(text).value(); }, description)
      .type_name(std::integral<T> ? "INT" : "FLOAT")
      .check(detail::within(bounds));
}

/// An option that takes several numbers within bounds, with commas between them.
template <Number T>
Option add_numbers(const Command& command, const std::string& name, std::vector<T>& values, Bounds<T> bounds,
                   const std::string& description) {
  return command
      .add_option(
          name,
          [&values](const std::vector<std::string>& texts) {
            values.clear();
            for (const std::string& text : texts) values.push_back(parse_number<T>(text).value());
          },
          description)
      .delimiter(',')
      .check(detail::within(bounds))
      .type_name("N,…");
}

}  // namespace isthmus::tool
