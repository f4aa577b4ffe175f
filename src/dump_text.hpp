// Pieces of text that all dumps share.
#pragma once

#include <isthmus/graph.hpp>

#include <fmt/format.h>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace isthmus {

/// `text` as a string of the DOT language. Only line feeds of ours become line breaks: `\n` in names does
/// not.
std::string dot_quoted(std::string_view text);

/// 1234567 → `1,234,567`.
std::string grouped(std::int64_t number);

/// Operations in the unit that keeps the number short: `822 MFLOP`.
std::string flops_text(double flops);

/// A value of a node's or an instruction's `value`, as JSON; what JSON has no number for becomes text.
boost::json::value json_number(double number);

boost::json::array json_shape(const Shape& shape);

/// Rows of cells in columns of equal width, two spaces between them; no blanks at the end of a line.
std::string table(const std::vector<std::vector<std::string>>& rows, std::string_view indent);

/// One line of JSON.
std::string json_line(const boost::json::object& object);

}  // namespace isthmus
