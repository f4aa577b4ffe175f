// What is wrong with a command line.
#pragma once

#include <CLI/CLI.hpp>

#include <string>

namespace isthmus::tool {

/// What CLI11 says, or, if that is only its consequence, the word that is no command or no option, with the
/// nearest one that exists.
std::string explain(const CLI::App& app, const CLI::ParseError& error);

}  // namespace isthmus::tool
