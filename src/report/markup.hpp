// Text within HTML and SVG.
#pragma once

#include <string>
#include <string_view>

namespace isthmus::report {

/// `text` as the content of an element or of an attribute in double quotes. Control characters, which neither
/// allows, become U+FFFD.
std::string escaped(std::string_view text);

}  // namespace isthmus::report
