// Catch2's matcher of a part of a text, which its versions 2 and 3 call by different names.
#pragma once

#include "support/catch.hpp"

#include <string>

#if __has_include(<catch2/catch_all.hpp>)
using Catch::Matchers::ContainsSubstring;
#else
inline auto ContainsSubstring(const std::string& part) { return Catch::Matchers::Contains(part); }
#endif
