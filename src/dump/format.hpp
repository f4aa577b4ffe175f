// Pieces of text and of JSON that all dumps share.
#pragma once

#include <isthmus/graph.hpp>

#include <fmt/format.h>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include <string>
#include <string_view>

#include "text.hpp"

namespace isthmus {

/// `text` as a string of the DOT language; line feeds become line breaks.
std::string dot_quoted(std::string_view text);

/// Operations in the unit that keeps the number short: `822 MFLOP`.
std::string flops_text(double flops);

/// A value of a node's or an instruction's `value`, as JSON; what JSON has no number for becomes text.
boost::json::value json_number(double number);

boost::json::array json_shape(const Shape& shape);

/// One line of JSON.
std::string json_line(const boost::json::object& object);

}  // namespace isthmus
