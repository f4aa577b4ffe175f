// The command `isthmus`: exit 0 if all went well, 1 for bad data or a failure, 2 for bad usage.
#include "commands.hpp"
#include "output.hpp"
#include "ranks.hpp"

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
  CLI::App app("Declares, trains, splits and runs models with a bottleneck.", "isthmus");
  app.require_subcommand(1);
  app.fallthrough(false);
  app.set_version_flag("--version", std::string("isthmus ") + ISTHMUS_VERSION, "print the version and exit");
  app.set_help_flag("--help,-h", "print this help and exit");
  tool::add_graphs(app);
  tool::add_inspect(app);
  tool::add_train(app);
  tool::add_encode(app);
  tool::add_decode(app);
  tool::add_reconstruct(app);
  tool::add_evaluate(app);
  tool::add_latent(app);
  tool::add_sample(app);
  tool::add_interpolate(app);
  tool::add_export(app);
  tool::add_import(app);
  tool::add_bench(app);
  tool::add_schedules(app);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() != 0) {
      tool::say(fmt::format("{} (`isthmus --help` and `isthmus COMMAND --help` say more)", error.what()));
      return bad_usage;
    }
    std::ostringstream help;
    app.exit(error, help, help);
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
  } catch (const std::bad_alloc&) {
    tool::say("not enough memory");
  } catch (const std::exception& error) {
    tool::say(error.what());
  } catch (...) {
    tool::say("an unknown error");
  }
  return failure;
}
