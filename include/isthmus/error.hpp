// The one family of run-time errors. Everything that Isthmus throws derives from `Error`; its text is one
// line that names the place (a file, an offset, a layer) and what was expected there.
#pragma once

#include <stdexcept>
#include <string>

namespace isthmus {

/// Base of every exception that the library throws. `what()` is one line, fit for a terminal.
class Error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// A file that cannot be read or written, or does not hold what it should.
/// The text reads `<file>: <place>: expected <expectation>, found <found>`; empty parts are left out.
class FileError : public Error {
 public:
  FileError(const std::string& file, const std::string& place, const std::string& expected,
            const std::string& found);
  /// A system call failed: `<file>: cannot <action>: <reason of errno>`.
  static FileError system(const std::string& file, const std::string& action, int error_number);

 private:
  explicit FileError(const std::string& text) : Error(text) {}
};

/// Sizes or shapes that do not fit each other: a batch, a layer, a tensor in a file.
class ShapeError : public Error {
 public:
  using Error::Error;
};

/// Numbers that make no sense: NaN in the data, a loss that diverged or never moved.
class NumberError : public Error {
 public:
  using Error::Error;
};

}  // namespace isthmus
