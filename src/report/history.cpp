#include <isthmus/data/atomic_file.hpp>
#include <isthmus/error.hpp>
#include <isthmus/report/history.hpp>

#include <fmt/format.h>

#include <cerrno>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <iterator>
#include <memory>
#include <string_view>
#include <utility>

#include "report/csv.hpp"
#include "text.hpp"

namespace isthmus::report {
namespace {

/// The most bytes of a field that are shown: no more than a name would have.
constexpr std::size_t longest_name = 40;

std::string read_text(const std::string& path) {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "rbe"), std::fclose);
  if (!file) throw FileError::system(path, "open", errno);
  std::string text;
  char block[4096];
  while (const std::size_t count = std::fread(block, 1, sizeof block, file.get())) text.append(block, count);
  if (std::ferror(file.get())) throw FileError::system(path, "read", errno);
  return text;
}

template <class Number>
bool parse(std::string_view field, Number& number) {
  const auto [end, error] = std::from_chars(field.data(), field.data() + field.size(), number);
  return error == std::errc() && end == field.data() + field.size();
}

/// The header's columns: the names that they must have, given the terms.
std::vector<std::string> columns(const std::vector<std::string>& terms) {
  std::vector<std::string> names{"epoch", "seconds"};
  for (const auto& term : terms) {
    names.push_back("train_" + term);
    names.push_back("validation_" + term);
  }
  return names;
}

/// Reads the records of one file, of which every error names the place.
class HistoryReader {
 public:
  explicit HistoryReader(const std::filesystem::path& path)
      : path_(path.string()), records_(parse_csv(read_text(path_))) {}

  History read() {
    read_header();
    for (std::size_t i = 1; i < records_.size(); ++i) read_epoch(records_[i]);
    return std::move(history_);
  }

 private:
  [[noreturn]] void fail(int line, std::size_t column, const std::string& expected, std::string_view found) const {
    const auto name =
        column < columns_.size() ? shown(columns_[column], longest_name) : fmt::format("{}", column + 1);
    throw FileError(path_, fmt::format("line {}, column {}", line, name), expected,
                    fmt::format("\"{}\"", shown(found, longest_name)));
  }

  void read_header() {
    const CsvRecord header = records_.empty() ? CsvRecord{1, {}} : records_.front();
    history_.terms = {"loss"};
    constexpr std::string_view prefix = "train_";
    for (std::size_t i = 4; i < header.fields.size(); i += 2) {
      if (!header.fields[i].starts_with(prefix)) {
        fail(header.line, i, "the name train_<term>", header.fields[i]);
      }
      history_.terms.push_back(header.fields[i].substr(prefix.size()));
    }
    const auto expected = columns(history_.terms);
    for (std::size_t i = 0; i < expected.size(); ++i) {
      const std::string_view found = i < header.fields.size() ? std::string_view(header.fields[i]) : "";
      if (found != expected[i]) fail(header.line, i, "the name " + shown(expected[i], longest_name), found);
    }
    columns_ = expected;
  }

  void read_epoch(const CsvRecord& record) {
    if (record.fields.size() != columns_.size()) {
      throw FileError(path_, fmt::format("line {}", record.line), fmt::format("{} fields", columns_.size()),
                      fmt::format("{}", record.fields.size()));
    }
    Epoch epoch{};
    const int last = history_.epochs.empty() ? 0 : history_.epochs.back().number;
    if (!parse(record.fields[0], epoch.number) || epoch.number <= last) {
      fail(record.line, 0, fmt::format("a whole number greater than {}", last), record.fields[0]);
    }
    if (!parse(record.fields[1], epoch.seconds) || !(epoch.seconds >= 0) || std::isinf(epoch.seconds)) {
      fail(record.line, 1, "a number of seconds", record.fields[1]);
    }
    // Validation is there for all the terms or for none; the first one tells.
    const bool validated = !record.fields[3].empty();
    for (std::size_t i = 2; i < record.fields.size(); ++i) {
      const bool is_validation = i % 2 == 1;
      if (is_validation && !validated) {
        if (!record.fields[i].empty()) fail(record.line, i, "nothing, as in validation_loss", record.fields[i]);
        continue;
      }
      auto& values = is_validation ? epoch.validation : epoch.train;
      if (!parse(record.fields[i], values.emplace_back())) fail(record.line, i, "a number", record.fields[i]);
    }
    history_.epochs.push_back(std::move(epoch));
  }

  std::string path_;
  std::vector<CsvRecord> records_;
  std::vector<std::string> columns_;
  History history_;
};

}  // namespace

void require_consistent(const History& history) {
  if (history.terms.empty() || history.terms.front() != "loss") {
    throw ShapeError("history: expected the first term to be loss");
  }
  int last = 0;
  for (const auto& epoch : history.epochs) {
    if (epoch.number <= last) {
      throw ShapeError(fmt::format("history: expected an epoch after {}, found {}", last, epoch.number));
    }
    last = epoch.number;
    const auto require = [&](std::string_view kind, std::size_t found) {
      if (found == history.terms.size()) return;
      throw ShapeError(fmt::format("history: epoch {}: expected {} {} losses, found {}", last,
                                   history.terms.size(), kind, found));
    };
    require("training", epoch.train.size());
    if (!epoch.validation.empty()) require("validation", epoch.validation.size());
  }
}

std::string to_csv(const History& history) {
  require_consistent(history);
  std::string text;
  for (const auto& name : columns(history.terms)) {
    if (!text.empty()) text += ',';
    text += csv_field(name);
  }
  text += '\n';
  auto out = std::back_inserter(text);
  for (const auto& epoch : history.epochs) {
    fmt::format_to(out, "{},{}", epoch.number, epoch.seconds);
    for (std::size_t i = 0; i < history.terms.size(); ++i) {
      fmt::format_to(out, ",{},", epoch.train[i]);
      if (!epoch.validation.empty()) fmt::format_to(out, "{}", epoch.validation[i]);
    }
    text += '\n';
  }
  return text;
}

History from_csv(const std::filesystem::path& path) { return HistoryReader(path).read(); }

void save_history(const std::filesystem::path& path, const History& history) {
  data::write_atomically(path, to_csv(history));
}

}  // namespace isthmus::report
