// Comma-separated values as RFC 4180 has them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace isthmus::report {

/// The fields of one record, and the line of the file on which it starts, counted from 1.
struct CsvRecord {
  int line;
  std::vector<std::string> fields;
};

/// Splits `text` into records; blank lines are skipped. Lines may end in LF or CRLF, and a file may end
/// within one. A field in double quotes may hold commas, line ends and doubled quotes.
std::vector<CsvRecord> parse_csv(std::string_view text);

/// `field` as it stands in a record: in double quotes if it needs them.
std::string csv_field(std::string_view field);

}  // namespace isthmus::report
