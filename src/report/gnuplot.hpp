// The command gnuplot as a function.
#pragma once

#include <string>
#include <string_view>

namespace isthmus::report {

/// Runs gnuplot, default settings, with `script` as its standard input and `set output` already done. Returns
/// the bytes that it drew. Throws Error, one line, if there is no gnuplot or it fails.
std::string run_gnuplot(std::string_view script);

/// `text` as a string literal of gnuplot in which nothing is expanded; control characters become spaces.
std::string gnuplot_quoted(std::string_view text);

}  // namespace isthmus::report
