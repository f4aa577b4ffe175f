#include "dump/format.hpp"

#include <cmath>

#include "dump/json.hpp"

namespace isthmus {
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
    if (shape.dim[i] == batch) extents.emplace_back("batch");
    else extents.emplace_back(shape.dim[i]);
  }
  return extents;
}

std::string json_line(const boost::json::object& object) { return json_text(object) + '\n'; }

}  // namespace isthmus
