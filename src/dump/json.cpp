#include "dump/json.hpp"

#include <fmt/format.h>
#include <boost/json/serialize.hpp>

#include <cmath>

namespace isthmus {
namespace {

using Tell = std::function<void(const std::string& place, double number)>;

void replace_infinite(boost::json::value& value, const std::string& place, const Tell& tell) {
  if (auto* const number = value.if_double(); number != nullptr && !std::isfinite(*number)) {
    if (tell) tell(place, *number);
    value = nullptr;
  } else if (auto* const object = value.if_object()) {
    for (auto& member : *object) {
      const std::string key(member.key());
      replace_infinite(member.value(), place.empty() ? key : fmt::format("{}.{}", place, key), tell);
    }
  } else if (auto* const array = value.if_array()) {
    for (std::size_t i = 0; i < array->size(); ++i)
      replace_infinite((*array)[i], fmt::format("{}[{}]", place, i), tell);
  }
}

}  // namespace

std::string json_text(boost::json::value value, const Tell& tell) {
  replace_infinite(value, "", tell);
  return boost::json::serialize(value);
}

}  // namespace isthmus
