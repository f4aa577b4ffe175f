// The command line as a whole.
#pragma once

#include <memory>

namespace CLI {
class App;
}

namespace isthmus::tool {

/// The application with all of its commands; parsing runs the one that was chosen.
std::unique_ptr<CLI::App> make_application();

/// Runs what the command line says, and gives the exit code: 0, or 2 for bad usage. What fails, throws.
int run_application(int argc, char** argv);

}  // namespace isthmus::tool
