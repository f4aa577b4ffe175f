// The kernels' random numbers, one at a time.
#pragma once

#include <isthmus/random.hpp>
#include <isthmus/run/session.hpp>

#include <cmath>
#include <string>

namespace isthmus::testing {

inline std::uint32_t hash_of(const std::string& text) {
  std::uint32_t h = 2166136261u;  // FNV-1a
  for (const char c : text) h = (h ^ static_cast<unsigned char>(c)) * 16777619u;
  return h;
}

/// The number that the kernels draw for this element of a batch, in this step. Positions identify samples.
inline double drawn(const Node& node, std::size_t element, std::uint64_t seed, std::uint32_t step) {
  const auto per_sample = static_cast<std::size_t>(node.shape.elements_per_sample());
  const auto sample = static_cast<std::uint32_t>(element / per_sample);
  const int index = static_cast<int>(element % per_sample), columns = node.shape.columns();
  const int row = index / columns, column = index % columns, blocks = (columns + 63) / 64;
  // Each counter gives a word to the same place of four panels.
  const auto uniform_at = [&](int panel) {
    const auto first = static_cast<std::uint32_t>((row * blocks + panel / 4) * 16 + column % 16);
    const auto words = philox({first, sample, step, hash_of(full_name(node.label))},
                              {static_cast<std::uint32_t>(seed), static_cast<std::uint32_t>(seed >> 32)});
    return double{static_cast<float>(words[static_cast<std::size_t>(panel % 4)] >> 8) * 0x1p-24f};
  };
  const int panel = column / 16;
  if (node.attribute == Distribution::uniform) return uniform_at(panel);
  const int even = panel - panel % 2;
  const double radius = std::sqrt(-2 * std::log(1 - uniform_at(even)));
  const double angle = 2 * std::acos(-1.0) * uniform_at(even + 1);
  return radius * (panel == even ? std::cos(angle) : std::sin(angle));
}

}  // namespace isthmus::testing
