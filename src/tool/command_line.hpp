// The declaration of a command's arguments. It hides CLI11, whose header alone takes the compiler longer than most
// commands do.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace isthmus::tool {

/// Checks an argument: an empty text accepts it, another one is the error message.
using Check = std::function<std::string(const std::string& text)>;

/// An option or an argument of a command, whose it is: copies are the same one.
class Option {
 public:
  explicit Option(CLI::Option& option) : option_(&option) {}

  Option required() const;
  /// The placeholder of the value in the help.
  Option type_name(const std::string& name) const;
  Option check(Check check) const;
  /// The default value that the help shows.
  Option default_str(const std::string& text) const;
  /// Shows the current value of the variable as the default.
  Option capture_default_str() const;
  /// Several values are one word.
  Option delimiter(char between) const;
  /// Several values are several options.
  Option one_value_each() const;
  /// The number of times that it was given.
  std::size_t count() const;

 private:
  CLI::Option* option_;
};

/// A command; copies are the same one.
class Command {
 public:
  /// A new one of the application.
  Command(CLI::App& app, const std::string& name, const std::string& description);

  /// Names that begin with - are options, others are arguments in this order.
  Option add_option(const std::string& name, std::string& value, const std::string& description) const;
  Option add_option(const std::string& name, std::vector<std::string>& values,
                    const std::string& description) const;
  /// `take` is given the text.
  Option add_option(const std::string& name, const std::function<void(const std::string& text)>& take,
                    const std::string& description) const;
  Option add_option(const std::string& name,
                    const std::function<void(const std::vector<std::string>& texts)>& take,
                    const std::string& description) const;
  Option add_flag(const std::string& name, bool& value, const std::string& description) const;

  /// Sets the function that is run when the command was chosen and its arguments were read.
  void callback(std::function<void()> run) const;

 private:
  CLI::App* command_;
};

/// Ends a command with an error of its arguments, of bad usage: an exception of CLI11's.
[[noreturn]] void refuse(const std::string& message);
/// Ends a command with an error of one option: `--option: …`.
[[noreturn]] void refuse(const std::string& option, const std::string& message);

}  // namespace isthmus::tool
