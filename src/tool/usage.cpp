#include "usage.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "nearest.hpp"
#include "text.hpp"

namespace isthmus::tool {
namespace {

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

}  // namespace

std::string explain(const CLI::App& app, const CLI::ParseError& error) {
  // What a required argument lacks was mistyped, as a rule: what was not understood comes first.
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

}  // namespace isthmus::tool
