// Tasks and nodes are numbered by int, vectors by std::size_t.
#pragma once

#include <cstddef>

namespace isthmus::schedule {

constexpr std::size_t index(int number) { return static_cast<std::size_t>(number); }

}  // namespace isthmus::schedule
