// The command gnuplot as a function.
#pragma once

#include <isthmus/report/image_format.hpp>

#include <string>
#include <string_view>

namespace isthmus::report {

/// Runs gnuplot, default settings, with `script` as its standard input and `set output` already done. Returns
/// the bytes that it drew. Throws Error, one line, if there is no gnuplot or it fails.
std::string run_gnuplot(std::string_view script);

/// The command that says what is drawn: so many pixels on white, with letters of this size.
std::string gnuplot_terminal(ImageFormat format, int width, int height, int letters);

/// `text` as a string literal of gnuplot in which nothing is expanded; control characters become spaces.
std::string gnuplot_quoted(std::string_view text);

}  // namespace isthmus::report
