#include <isthmus/error.hpp>

#include <system_error>

namespace isthmus {
namespace {

std::string compose(const std::string& file, const std::string& place, const std::string& expected,
                    const std::string& found) {
  std::string text = file;
  if (!place.empty()) text += ": " + place;
  if (!expected.empty()) text += ": expected " + expected;
  if (!found.empty()) text += (expected.empty() ? ": found " : ", found ") + found;
  return text;
}

}  // namespace

FileError::FileError(const std::string& file, const std::string& place, const std::string& expected,
                     const std::string& found)
    : Error(compose(file, place, expected, found)) {}

FileError FileError::system(const std::string& file, const std::string& action, int error_number) {
  return FileError(file + ": cannot " + action + ": " + std::generic_category().message(error_number));
}

}  // namespace isthmus
