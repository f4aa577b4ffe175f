// The fields that a snapshot consists of.
#pragma once

#include <string_view>

namespace insitu {

/// Height, and momentum along rows and columns.
inline constexpr std::string_view field_names[] = {"height", "momentum_x", "momentum_y"};
inline constexpr int fields = 3;

}  // namespace insitu
