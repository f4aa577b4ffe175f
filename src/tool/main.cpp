// The command `isthmus`: exit 0 if all went well, 1 for bad data or a failure, 2 for bad usage; 130 and 143 for a
// training that a signal has stopped.
#include "application.hpp"
#include "output.hpp"
#include "ranks.hpp"
#include "signals.hpp"
#include "usage.hpp"

#include <isthmus/error.hpp>

#include <fmt/format.h>

#include <new>
#include <sstream>
#include <string_view>

namespace {

using namespace isthmus;

constexpr int failure = 1;
constexpr int bad_usage = 2;

int run_command(int argc, char** argv) {
  const std::unique_ptr<CLI::App> app = tool::make_application();
  try {
    app->parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() != 0) {
      tool::say(
          fmt::format("{} (`isthmus --help` and `isthmus COMMAND --help` say more)", tool::explain(*app, error)));
      return bad_usage;
    }
    std::ostringstream help;
    app->exit(error, help, help);
    tool::print(help.str());
  }
  tool::flush_output();
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  tool::prepare_streams();
  // Of ranks that train together one speaks; other commands are each rank's own business.
  tool::set_quiet(argc > 1 && std::string_view(argv[1]) == "train" && tool::rank_of_environment() > 0);
  try {
    return run_command(argc, argv);
  } catch (const tool::Interrupted& interrupted) {
    if (!interrupted.last_words.empty()) tool::say(interrupted.last_words);
    return interrupted.exit_code();
  } catch (const std::bad_alloc&) {
    tool::say("not enough memory");
  } catch (const std::exception& error) {
    tool::say(error.what());
  } catch (...) {
    tool::say("an unknown error");
  }
  return failure;
}
