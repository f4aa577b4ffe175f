// Messages with numbers in them.
#pragma once

#include <string>

namespace isthmus::run {

/// As std::snprintf has it, up to 511 characters. A concatenation of strings takes a program that only runs a
/// model more room than all of its other checks.
[[gnu::format(printf, 1, 2)]] std::string formatted(const char* format, ...);

}  // namespace isthmus::run
