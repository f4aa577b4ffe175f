// Helpers that the peers written in C++ share: the command line, and how a step is timed.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <stdexcept>
#include <string>
#include <vector>

namespace peers {

/// The measurement that bench/peers/run asks for.
struct Case {
  std::string model, mode;
  int batch = 1, threads = 1;
  double seconds = 1;
};

/// Thrown for what a peer does not do.
inline std::invalid_argument unknown(const Case& asked) {
  return std::invalid_argument("no case '" + asked.model + " " + asked.mode + "'");
}

/// Inner extent and columns of a product, from "784x512".
struct ProductShape {
  int inner = 0, columns = 0;
};
inline ProductShape product_shape(const Case& asked) {
  ProductShape shape;
  char rest = 0;
  if (std::sscanf(asked.mode.c_str(), "%dx%d%c", &shape.inner, &shape.columns, &rest) != 2 || shape.inner < 1 ||
      shape.columns < 1)
    throw unknown(asked);
  return shape;
}

/// Uniform numbers, the same in each run.
inline std::vector<float> uniform(std::size_t count, float low, float high) {
  std::mt19937 random(1);
  std::uniform_real_distribution<float> distribution(low, high);
  std::vector<float> values(count);
  for (float& value : values) value = distribution(random);
  return values;
}

/// The median time of a step, in milliseconds. Half a second of steps, at most, goes before.
template <class Step>
double median_ms(double seconds, Step&& step) {
  using Clock = std::chrono::steady_clock;
  const auto since = [](Clock::time_point start) {
    return std::chrono::duration<double>(Clock::now() - start).count();
  };
  const auto warm = Clock::now();
  do step();
  while (since(warm) < std::min(0.5, seconds));
  std::vector<double> times;
  const auto start = Clock::now();
  do {
    const auto begin = Clock::now();
    step();
    times.push_back(since(begin));
  } while (since(start) < seconds);
  const auto middle = times.begin() + static_cast<std::ptrdiff_t>(times.size() / 2);
  std::nth_element(times.begin(), middle, times.end());
  return *middle * 1e3;
}

/// PROGRAM --version prints `version()`; PROGRAM MODEL MODE BATCH THREADS SECONDS prints `measure(case)`,
/// milliseconds.
template <class Version, class Measure>
int run(int argc, char** argv, Version version, Measure measure) try {
  if (argc == 2 && std::string(argv[1]) == "--version") {
    std::printf("%s\n", std::string(version()).c_str());
    return 0;
  }
  if (argc != 6) throw std::invalid_argument("usage: MODEL MODE BATCH THREADS SECONDS, or --version");
  const Case asked{argv[1], argv[2], std::atoi(argv[3]), std::atoi(argv[4]), std::atof(argv[5])};
  if (asked.batch < 1 || asked.threads < 1 || !(asked.seconds > 0))
    throw std::invalid_argument("BATCH, THREADS and SECONDS are numbers greater than 0");
  std::printf("%.6g\n", measure(asked));
  return 0;
} catch (const std::invalid_argument& error) {
  std::fprintf(stderr, "%s: %s\n", argv[0], error.what());
  return 2;
} catch (const std::exception& error) {
  std::fprintf(stderr, "%s: %s\n", argv[0], error.what());
  return 1;
}

}  // namespace peers
