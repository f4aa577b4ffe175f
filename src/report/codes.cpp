#include <isthmus/error.hpp>
#include <isthmus/random.hpp>
#include <isthmus/report/codes.hpp>

#include <fmt/format.h>

#include <cmath>
#include <numbers>

namespace isthmus::report {
namespace {

/// A standard normal number by its place among all of a seed: each pair of places shares a pair of uniform ones.
float normal(std::uint64_t seed, std::uint64_t place) {
  const std::uint64_t even = place & ~std::uint64_t{1};
  const auto uniform = [&](std::uint64_t index) { return random_word(seed, Purpose::code, 0, index) * 0x1p-32; };
  const double radius = std::sqrt(-2 * std::log(uniform(even) + 0x1p-32));  // never the logarithm of 0
  const double angle = 2 * std::numbers::pi * uniform(even + 1);
  return static_cast<float>(radius * (place == even ? std::cos(angle) : std::sin(angle)));
}

}  // namespace

double normal_quantile(double probability) {
  if (!(probability > 0 && probability < 1))
    throw NumberError(fmt::format("quantile: expected a probability between 0 and 1, found {}", probability));
  // Newton's method. From 0 it comes nearer to the quantile with every step, never beyond it: on either side the
  // distribution function bends towards its end.
  double x = 0;
  for (int i = 0; i < 100; ++i) {
    const double below = 0.5 * std::erfc(-x / std::numbers::sqrt2);
    const double density = std::exp(-0.5 * x * x) / std::sqrt(2 * std::numbers::pi);
    const double step = (probability - below) / density;
    x += step;
    if (std::abs(step) < 1e-12) break;
  }
  return x;
}

std::vector<float> normal_codes(std::size_t count, std::size_t size, std::uint64_t seed) {
  std::vector<float> codes(count * size);
  for (std::size_t i = 0; i < codes.size(); ++i) codes[i] = normal(seed, i);
  return codes;
}

std::vector<float> manifold_codes(std::size_t side) {
  std::vector<float> quantiles;
  for (std::size_t i = 0; i < side; ++i) {
    const double middle = (static_cast<double>(i) + 0.5) / static_cast<double>(side);
    quantiles.push_back(static_cast<float>(normal_quantile(middle)));
  }
  std::vector<float> codes;
  for (std::size_t row = 0; row < side; ++row)
    for (std::size_t column = 0; column < side; ++column)
      codes.insert(codes.end(), {quantiles[column], quantiles[side - 1 - row]});
  return codes;
}

std::vector<float> line_of_codes(std::span<const float> from, std::span<const float> to, std::size_t steps) {
  if (steps < 2 || from.size() != to.size()) {
    throw ShapeError(
        fmt::format("line: expected two codes of the same size and at least 2 steps, found {} and {} "
                    "values and {} steps",
                    from.size(), to.size(), steps));
  }
  std::vector<float> codes;
  codes.reserve(steps * from.size());
  for (std::size_t step = 0; step < steps; ++step) {
    const double t = static_cast<double>(step) / static_cast<double>(steps - 1);
    for (std::size_t i = 0; i < from.size(); ++i)
      codes.push_back(static_cast<float>((1 - t) * static_cast<double>(from[i]) + t * static_cast<double>(to[i])));
  }
  return codes;
}

}  // namespace isthmus::report
