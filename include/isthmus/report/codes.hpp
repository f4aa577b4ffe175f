// Codes that are worth looking at once a decoder has made images of them. All count × size, row-major.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace isthmus::report {

/// The x below which a standard normal number lies with the given probability, between 0 and 1. Throws
/// NumberError for any other.
double normal_quantile(double probability);

/// `count` codes of `size` independent standard normal numbers, a pure function of the seed; fewer codes are the
/// first ones of more. By Box and Muller 1958, "A note on the generation of random normal deviates".
std::vector<float> normal_codes(std::size_t count, std::size_t size, std::uint64_t seed);

/// side × side codes of two values, on a grid of quantiles of the standard normal distribution, each of which
/// stands for the same share of it: the first value grows to the right, the second upwards, rows from the top.
/// Source: Kingma and Welling, "Auto-encoding variational Bayes" (2013), appendix A.
std::vector<float> manifold_codes(std::size_t side);

/// The straight line between two codes: `steps` codes, at least 2, evenly spaced, of which the first is `from` and
/// the last is `to`. Throws ShapeError if the sizes do not fit.
std::vector<float> line_of_codes(std::span<const float> from, std::span<const float> to, std::size_t steps);

}  // namespace isthmus::report
