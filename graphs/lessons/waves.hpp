// The data of the lessons: sine waves, so that nothing has to be downloaded.
#pragma once

#include <cmath>
#include <cstddef>
#include <vector>

namespace lessons {

/// `samples` waves of `width` values between 0.1 and 0.9, one behind the other: row-major, as the library takes
/// samples. Two numbers make each of them, its phase and its height, so that a code of two values has room for
/// all.
inline std::vector<float> waves(std::size_t samples, std::size_t width) {
  std::vector<float> values;
  values.reserve(samples * width);
  for (std::size_t sample = 0; sample < samples; ++sample) {
    const float phase = 0.12f * static_cast<float>(sample);
    const float height = 0.2f + 0.2f * std::fabs(std::sin(0.7f * static_cast<float>(sample)));
    for (std::size_t i = 0; i < width; ++i)
      values.push_back(0.5f + height * std::sin(0.1f * static_cast<float>(i) + phase));
  }
  return values;
}

}  // namespace lessons
