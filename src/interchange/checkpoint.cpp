#include <isthmus/dump.hpp>
#include <isthmus/error.hpp>
#include <isthmus/interchange/checkpoint.hpp>

#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <system_error>

#include "text.hpp"

namespace isthmus::interchange {
namespace {

/// Reads a detail, all of it, as a number.
template <class Number>
Number detail(const ModelFile& file, const std::string& path, const std::string& key, const char* expected) {
  const auto found = file.details.find(key);
  const std::string place = fmt::format("metadata, {}", key);
  if (found == file.details.end()) throw FileError(path, place, expected, "none");
  const std::string& text = found->second;
  Number number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error == std::errc() && end == text.data() + text.size() && std::isfinite(static_cast<double>(number)))
    return number;
  throw FileError(path, place, expected, in_quotes(text));
}

Precision precision_in(const ModelFile& file, const std::string& path) {
  const auto found = file.details.find("precision");
  if (found == file.details.end()) return Precision::fp32;
  for (const Precision precision : {Precision::fp32, Precision::bf16})
    if (found->second == name_of(precision)) return precision;
  throw FileError(path, "metadata, precision", "fp32 or bf16", in_quotes(found->second));
}

}  // namespace

void note(ModelFile& file, const TrainerNotes& notes) {
  file.details.insert_or_assign("step", fmt::format("{}", notes.steps));
  file.details.insert_or_assign("seed", fmt::format("{}", notes.seed));
  file.details.insert_or_assign("learning_rate", fmt::format("{}", notes.learning_rate));
  file.details.insert_or_assign("precision", std::string(name_of(notes.precision)));
}

TrainerNotes trainer_notes(const ModelFile& file, const std::string& path) {
  return {whole_number_detail(file, path, "step"), detail<std::uint64_t>(file, path, "seed", "a whole number"),
          number_detail(file, path, "learning_rate"), precision_in(file, path)};
}

double number_detail(const ModelFile& file, const std::string& path, const std::string& key) {
  return detail<double>(file, path, key, "a finite number");
}

}  // namespace isthmus::interchange
