// JSON as text, whatever the numbers are.
#pragma once

#include <boost/json/value.hpp>

#include <functional>
#include <string>

namespace isthmus {

/// The text of `value`. JSON has neither NaN nor infinity: such a number becomes null, after `tell`, if it is
/// given, was called with its place (`schedules[2].median_ms`) and what it is.
std::string json_text(boost::json::value value,
                      const std::function<void(const std::string& place, double number)>& tell = {});

}  // namespace isthmus
