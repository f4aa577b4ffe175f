// The offsets of values in one array of floats when they are computed one after the other.
#pragma once

#include <cstdint>
#include <vector>

namespace isthmus::interchange {

/// A value's size, and the first and the last step that needs it.
struct Lifetime {
  std::int64_t size;
  int first, last;
};

/// The offset of each value, so that none that live at the same time overlap: the lowest one that is free. `size`
/// becomes that of the array.
std::vector<std::int64_t> place_in_workspace(const std::vector<Lifetime>& values, std::int64_t& size);

}  // namespace isthmus::interchange
