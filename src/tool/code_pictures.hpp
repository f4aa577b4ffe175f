// Pictures of the code space.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace isthmus::tool {

/// More points than this only cover each other.
inline constexpr int most_points = 5000;

/// Codes of samples in the plane: a PNG, and the share of their variance along each of its axes.
struct LatentPicture {
  std::string png;
  std::array<double, 2> explained;
};

/// Draws codes of `code_size` values, at least 2, as report::project and report::Scatter have it. `labels` is one
/// per code, or empty. Throws Error if gnuplot is missing or fails.
LatentPicture draw_latent(std::span<const float> codes, int code_size, std::span<const std::uint8_t> labels,
                          const std::string& title);

}  // namespace isthmus::tool
