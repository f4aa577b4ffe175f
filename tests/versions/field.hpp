// A field and a guess of it, of numbers that every machine computes alike.
#pragma once

#include <isthmus/random.hpp>

#include <cstddef>
#include <vector>

namespace versions {

inline constexpr std::size_t rows = 24, columns = 20;
inline constexpr float epsilon = 0.01f;

/// A slope in both directions.
inline std::vector<float> guess() {
  std::vector<float> values(rows * columns);
  for (std::size_t i = 0; i < values.size(); ++i)
    values[i] = 0.25f * static_cast<float>(i % columns) + 0.5f * static_cast<float>(i / columns);
  return values;
}

/// The slope with some noise.
inline std::vector<float> field() {
  std::vector<float> values = guess();
  for (std::size_t i = 0; i < values.size(); ++i)
    values[i] += 0.125f * isthmus::random_uniform(1, isthmus::Purpose::example, 0, i);
  return values;
}

}  // namespace versions
