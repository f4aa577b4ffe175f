#include "report/csv.hpp"

#include <cstddef>
#include <utility>

namespace isthmus::report {

std::vector<CsvRecord> parse_csv(std::string_view text) {
  std::vector<CsvRecord> records;
  CsvRecord record{1, {}};
  std::string field;
  bool quoted = false;      // between two quotes
  bool was_quoted = false;  // so that "" is a field, and a blank line is none
  int line = 1;
  const auto end_record = [&] {
    if (!record.fields.empty() || !field.empty() || was_quoted) {
      record.fields.push_back(std::exchange(field, {}));
      records.push_back(std::move(record));
    }
    was_quoted = false;
    record = {line, {}};
  };
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const char next = i + 1 < text.size() ? text[i + 1] : '\0';
    if (c == '\n') ++line;
    if (quoted) {
      if (c != '"') {
        field += c;
      } else if (next == '"') {
        field += c;
        ++i;
      } else {
        quoted = false;
      }
    } else if (c == '"' && field.empty()) {
      quoted = was_quoted = true;
    } else if (c == ',') {
      record.fields.push_back(std::exchange(field, {}));
    } else if (c == '\n') {
      end_record();
    } else if (c != '\r' || next != '\n') {
      field += c;
    }
  }
  end_record();
  return records;
}

std::string csv_field(std::string_view field) {
  if (field.find_first_of(",\"\r\n") == std::string_view::npos) return std::string(field);
  std::string text = "\"";
  for (const char c : field) text += c == '"' ? std::string("\"\"") : std::string(1, c);
  return text + '"';
}

}  // namespace isthmus::report
