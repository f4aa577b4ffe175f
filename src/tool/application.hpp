// The command line as a whole.
#pragma once

#include <CLI/CLI.hpp>

#include <memory>

namespace isthmus::tool {

/// The application with all of its commands; parsing runs the one that was chosen.
std::unique_ptr<CLI::App> make_application();

}  // namespace isthmus::tool
