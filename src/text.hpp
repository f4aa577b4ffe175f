// Numbers, tables and words out of files as people read them: for messages, the dumps and the tool.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace isthmus {

/// 1234567 → `1,234,567`.
std::string grouped(std::int64_t number);

/// `[784, 32]`
std::string shape_text(const std::vector<std::int64_t>& shape);

/// Columns that a text takes on a terminal: the bytes of UTF-8 that begin a character.
std::size_t terminal_columns(std::string_view text);

/// Text out of a file as a message may show it: on one line, control characters as `?`, and not longer than so
/// many bytes (`...` says where it goes on).
std::string shown(std::string_view text, std::size_t longest = 80);
/// The text as `shown` gives it, in single quotes.
std::string in_quotes(std::string_view text, std::size_t longest = 80);

/// Rows of cells in columns of equal width, two spaces between them; numbers are at the right of their
/// column. No blanks at the end of a line.
std::string table(const std::vector<std::vector<std::string>>& rows);

}  // namespace isthmus
