#include "stream.hpp"

#include <algorithm>
#include <atomic>
#include <bit>
#include <chrono>
#include <cstdint>

namespace bench {
namespace {

constexpr std::size_t least_floats = 250'000;

/// A function of all bits that has no order which the compiler must keep.
std::uint32_t read_all(const float* values, std::size_t count) {
  std::uint32_t sum = 0;
  for (std::size_t i = 0; i < count; ++i) sum += std::bit_cast<std::uint32_t>(values[i]);
  return sum;
}

void update_all(float* values, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) values[i] = values[i] * 0.5f + 1.0f;
}

}  // namespace

StreamMeter::StreamMeter(std::size_t bytes, int threads)
    : part_(std::max<std::size_t>(bytes / sizeof(float) / static_cast<std::size_t>(threads), 1024)),
      data_(new float[part_ * static_cast<std::size_t>(threads)]),
      meter_(threads) {
  std::fill_n(data_.get(), part_ * static_cast<std::size_t>(threads), 1.0f);
}

template <class Pass>
double StreamMeter::measure(double seconds, double bytes_per_float, Pass pass) {
  using Clock = std::chrono::steady_clock;
  const auto since = [](Clock::time_point start) {
    return std::chrono::duration<double>(Clock::now() - start).count();
  };
  // So many bytes at a time that reading the clock does not count, the best of which is what the machine can do.
  const std::size_t passes = std::max<std::size_t>(1, least_floats / part_);
  return meter_.measure([&](int thread) {
    float* const own = data_.get() + static_cast<std::size_t>(thread) * part_;
    double best = 0;
    const auto begin = Clock::now();
    pass(own, part_);
    do {
      const auto start = Clock::now();
      for (std::size_t i = 0; i < passes; ++i) pass(own, part_);
      best = std::max(best, static_cast<double>(passes * part_) * bytes_per_float / since(start));
    } while (since(begin) < seconds);
    return best;
  });
}

double StreamMeter::read(double seconds) {
  std::atomic<std::uint32_t> sum{0};  // used, so that the reading stays
  return measure(seconds, sizeof(float), [&](const float* values, std::size_t count) {
    sum.fetch_add(read_all(values, count), std::memory_order_relaxed);
  });
}

double StreamMeter::update(double seconds) { return measure(seconds, 2 * sizeof(float), update_all); }

}  // namespace bench
