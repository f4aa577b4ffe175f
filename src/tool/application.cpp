#include "application.hpp"

#include "commands.hpp"
#include "output.hpp"

#include <isthmus.h>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <algorithm>
#include <sstream>
#include <string>
#include <vector>

#include "nearest.hpp"
#include "text.hpp"

namespace isthmus::tool {
namespace {

constexpr int bad_usage = 2;

std::vector<std::string> commands_of(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::App* command : app.get_subcommands(nullptr)) names.push_back(command->get_name());
  return names;
}

/// `--batch` and so on.
std::vector<std::string> options_of(const CLI::App& command) {
  std::vector<std::string> names;
  for (const CLI::Option* option : command.get_options())
    for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
  return names;
}

std::string unknown(const std::string& what, const std::string& word, const std::vector<std::string>& known) {
  return fmt::format("{} {}{}", what, in_quotes(word), nearest_hint(word, known));
}

/// CLI11's message, or, if that only follows from an unknown command or option, the unknown word with the nearest
/// one that exists.
std::string explain(const CLI::App& app, const CLI::ParseError& error) {
  // A missing required argument was usually mistyped: so unknown words come first.
  constexpr bool of_commands_too = true;
  const std::vector<std::string> words = app.remaining(of_commands_too);
  const std::vector<CLI::App*> chosen = app.get_subcommands();
  const auto option =
      std::find_if(words.begin(), words.end(), [](const std::string& word) { return word.starts_with("-"); });
  if (option != words.end() && *option != "--") {
    const CLI::App& command = chosen.empty() ? app : *chosen.front();
    const std::string place = chosen.empty() ? std::string() : command.get_name() + ": ";
    return unknown(place + "unknown option", option->substr(0, option->find('=')), options_of(command));
  }
  if (words.empty()) return error.what();
  if (chosen.empty()) return unknown("unknown command", words.front(), commands_of(app));
  return fmt::format("{}: expected no further argument, found {}", chosen.front()->get_name(),
                     in_quotes(words.front()));
}

}  // namespace

std::unique_ptr<CLI::App> make_application() {
  auto app = std::make_unique<CLI::App>("Declares, trains, splits and runs models with a bottleneck.", "isthmus");
  app->require_subcommand(1);
  app->fallthrough(false);
  app->set_version_flag("--version", std::string("isthmus ") + ISTHMUS_VERSION_STRING,
                        "print the version and exit");
  app->set_help_flag("--help,-h", "print this help and exit");
  add_graphs(*app);
  add_inspect(*app);
  add_train(*app);
  add_encode(*app);
  add_decode(*app);
  add_reconstruct(*app);
  add_evaluate(*app);
  add_score(*app);
  add_latent(*app);
  add_sample(*app);
  add_interpolate(*app);
  add_export(*app);
  add_import(*app);
  add_bench(*app);
  add_schedules(*app);
  return app;
}

int run_application(int argc, char** argv) {
  const std::unique_ptr<CLI::App> app = make_application();
  try {
    app->parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() != 0) {
      say(fmt::format("{} (`isthmus --help` and `isthmus COMMAND --help` say more)", explain(*app, error)));
      return bad_usage;
    }
    std::ostringstream help;
    app->exit(error, help, help);
    print(help.str());
  }
  flush_output();
  return 0;
}

}  // namespace isthmus::tool
