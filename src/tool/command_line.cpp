#include "command_line.hpp"

#include <CLI/CLI.hpp>

#include <utility>

namespace isthmus::tool {

Option Option::required() const { return Option(*option_->required()); }

Option Option::type_name(const std::string& name) const { return Option(*option_->type_name(name)); }

Option Option::check(Check check) const { return Option(*option_->check(std::move(check), "")); }

Option Option::default_str(const std::string& text) const { return Option(*option_->default_str(text)); }

Option Option::capture_default_str() const { return Option(*option_->capture_default_str()); }

Option Option::delimiter(char between) const { return Option(*option_->delimiter(between)); }

Option Option::one_value_each() const { return Option(*option_->allow_extra_args(false)); }

std::size_t Option::count() const { return option_->count(); }

Command::Command(CLI::App& app, const std::string& name, const std::string& description)
    : command_(app.add_subcommand(name, description)) {}

Option Command::add_option(const std::string& name, std::string& value, const std::string& description) const {
  return Option(*command_->add_option(name, value, description));
}

Option Command::add_option(const std::string& name, std::vector<std::string>& values,
                           const std::string& description) const {
  return Option(*command_->add_option(name, values, description));
}

Option Command::add_option(const std::string& name, const std::function<void(const std::string& text)>& take,
                           const std::string& description) const {
  return Option(*command_->add_option_function<std::string>(name, take, description));
}

Option Command::add_option(const std::string& name,
                           const std::function<void(const std::vector<std::string>& texts)>& take,
                           const std::string& description) const {
  return Option(*command_->add_option_function<std::vector<std::string>>(name, take, description));
}

Option Command::add_flag(const std::string& name, bool& value, const std::string& description) const {
  return Option(*command_->add_flag(name, value, description));
}

void Command::callback(std::function<void()> run) const { command_->callback(std::move(run)); }

void refuse(const std::string& message) { throw CLI::ValidationError(message); }

void refuse(const std::string& option, const std::string& message) { throw CLI::ValidationError(option, message); }

}  // namespace isthmus::tool
