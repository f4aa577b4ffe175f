#include "c_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace isthmus::interchange {
namespace {

// Not std::isalnum: it depends on the locale.
bool is_letter_or_digit(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

}  // namespace

std::string c_literal(float value) {
  if (std::isnan(value)) return "NAN";
  if (std::isinf(value)) return value > 0 ? "INFINITY" : "-INFINITY";
  return fmt::format("{:a}f", value);
}

std::string c_name(std::string_view text) {
  std::string name(text);
  std::replace_if(name.begin(), name.end(), [](char c) { return !is_letter_or_digit(c); }, '_');
  return name;
}

std::string c_comment(std::string_view text) {
  // Neither the end of a comment nor a trigraph nor a letter that only looks like one.
  constexpr std::string_view harmless = " .,:;_-+=()[]`";
  std::string shown(text);
  std::replace_if(
      shown.begin(), shown.end(),
      [&](char c) { return !is_letter_or_digit(c) && harmless.find(c) == std::string_view::npos; }, '_');
  return shown;
}

std::string CNames::take(const std::string& name) {
  std::string free = name;
  for (int number = 2; !taken_.insert(free).second; ++number) free = fmt::format("{}_{}", name, number);
  return free;
}

void add_step(std::string& index, const CStep& step) {
  if (step.axis.extent == 1 || step.stride == 0) return;
  if (!index.empty()) index += " + ";
  index += step.axis.name;
  if (step.stride != 1) index += fmt::format(" * {}", step.stride);
}

std::string c_index(std::initializer_list<CStep> steps) {
  std::string index;
  for (const CStep& step : steps) add_step(index, step);
  return index.empty() ? "0" : index;
}

void CCode::line(std::string_view text) { text_.append(2 * depth_, ' ').append(text) += '\n'; }

void CCode::open(std::string_view text) {
  line(text.empty() ? "{" : fmt::format("{} {{", text));
  ++depth_;
}

void CCode::loop(const CAxis& axis) {
  // long: an int may have 16 bits where such headers go.
  if (axis.extent != 1) open(fmt::format("for (long {0} = 0; {0} < {1}; ++{0})", axis.name, axis.extent));
}

void CCode::close_to(std::size_t depth) {
  while (depth_ > depth) {
    --depth_;
    line("}");
  }
}

}  // namespace isthmus::interchange
