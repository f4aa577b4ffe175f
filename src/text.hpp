// Numbers and tables as people read them: for the dumps and the tool.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace isthmus {

/// 1234567 → `1,234,567`.
std::string grouped(std::int64_t number);

/// Rows of cells in columns of equal width, two spaces between them; numbers are at the right of their
/// column. No blanks at the end of a line.
std::string table(const std::vector<std::vector<std::string>>& rows);

}  // namespace isthmus
