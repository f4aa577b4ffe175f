#include "report/markup.hpp"

namespace isthmus::report {

std::string escaped(std::string_view text) {
  std::string result;
  for (const char c : text) {
    const bool control = (static_cast<unsigned char>(c) < ' ' && c != '\n' && c != '\t') || c == 127;
    if (c == '&') {
      result += "&amp;";
    } else if (c == '<') {
      result += "&lt;";
    } else if (c == '>') {
      result += "&gt;";
    } else if (c == '"') {
      result += "&quot;";
    } else if (control) {
      result += "\uFFFD";
    } else {
      result += c;
    }
  }
  return result;
}

}  // namespace isthmus::report
