#include <isthmus/error.hpp>
#include <isthmus/random.hpp>
#include <isthmus/report/similarity.hpp>

#include <cmath>
#include <vector>

#include "support/catch.hpp"

using isthmus::report::structural_similarity;

namespace {

std::vector<float> noise(int values, std::uint32_t stream) {
  std::vector<float> list;
  for (int i = 0; i < values; ++i)
    list.push_back(isthmus::random_uniform(1, isthmus::Purpose::example, stream, static_cast<std::uint64_t>(i)));
  return list;
}

/// The definition, window by window: weighted means, then weighted squares of the differences from these.
double reference(const std::vector<float>& a, const std::vector<float>& b, int height, int width, int channels) {
  const int count = static_cast<int>(a.size()) / (height * width * channels);
  double sum = 0;
  int windows = 0;
  for (int image = 0; image < count; ++image) {
    for (int channel = 0; channel < channels; ++channel) {
      for (int top = 0; top + 11 <= height; ++top) {
        for (int left = 0; left + 11 <= width; ++left) {
          double weights = 0, mean_a = 0, mean_b = 0, variance_a = 0, variance_b = 0, covariance = 0;
          for (const bool means_are_known : {false, true}) {
            for (int y = 0; y < 11; ++y) {
              for (int x = 0; x < 11; ++x) {
                const double w = std::exp(-((y - 5) * (y - 5) + (x - 5) * (x - 5)) / 4.5);
                const auto at =
                    static_cast<std::size_t>(((image * height + top + y) * width + left + x) * channels + channel);
                const double va = static_cast<double>(a[at]), vb = static_cast<double>(b[at]);
                if (means_are_known) {
                  variance_a += w / weights * (va - mean_a) * (va - mean_a);
                  variance_b += w / weights * (vb - mean_b) * (vb - mean_b);
                  covariance += w / weights * (va - mean_a) * (vb - mean_b);
                } else {
                  weights += w;
                  mean_a += w * va;
                  mean_b += w * vb;
                }
              }
            }
            if (!means_are_known) {
              mean_a /= weights;
              mean_b /= weights;
            }
          }
          sum += (2 * mean_a * mean_b + 1e-4) * (2 * covariance + 9e-4) /
                 ((mean_a * mean_a + mean_b * mean_b + 1e-4) * (variance_a + variance_b + 9e-4));
          ++windows;
        }
      }
    }
  }
  return sum / windows;
}

}  // namespace

TEST_CASE("SSIM is its definition, whatever the size") {
  struct Size {
    int count, height, width, channels;
  };
  for (const auto& [count, height, width, channels] :
       {Size{1, 11, 11, 1}, {2, 28, 28, 1}, {3, 13, 17, 1}, {2, 12, 11, 3}, {1, 31, 12, 3}}) {
    const int values = count * height * width * channels;
    const std::vector<float> a = noise(values, 0), other = noise(values, 1);
    for (const float share : {0.0f, 0.1f, 1.0f}) {
      std::vector<float> b(a);
      for (std::size_t i = 0; i < b.size(); ++i) b[i] += share * (other[i] - a[i]);
      INFO(height << " × " << width << " × " << channels << ", " << share);
      CHECK(structural_similarity(a, b, height, width, channels) ==
            Approx(reference(a, b, height, width, channels)).epsilon(1e-10));
    }
  }
}

TEST_CASE("SSIM of an image and itself is 1, and less of others") {
  const std::vector<float> a = noise(2 * 20 * 20, 0), b = noise(2 * 20 * 20, 1);
  CHECK(structural_similarity(a, a, 20, 20, 1) == Approx(1).epsilon(1e-12));
  CHECK(structural_similarity(a, b, 20, 20, 1) == structural_similarity(b, a, 20, 20, 1));
  CHECK(std::abs(structural_similarity(a, b, 20, 20, 1)) < 0.2);
  std::vector<float> negative;
  for (const float value : a) negative.push_back(1 - value);
  CHECK(structural_similarity(a, negative, 20, 20, 1) < -0.5);
}

TEST_CASE("SSIM of constant images compares their brightness alone") {
  const std::vector<float> dark(144, 0.25f), bright(144, 0.75f), black(144, 0.0f);
  CHECK(structural_similarity(dark, dark, 12, 12, 1) == Approx(1).epsilon(1e-12));
  CHECK(structural_similarity(black, black, 12, 12, 1) == Approx(1).epsilon(1e-12));
  CHECK(structural_similarity(dark, bright, 12, 12, 1) ==
        Approx((2 * 0.25 * 0.75 + 1e-4) / (0.25 * 0.25 + 0.75 * 0.75 + 1e-4)).epsilon(1e-10));
}

TEST_CASE("SSIM is the mean over the images") {
  const std::vector<float> a = noise(2 * 144, 0), b = noise(2 * 144, 1);
  const std::vector<float> first_a(a.begin(), a.begin() + 144), first_b(b.begin(), b.begin() + 144);
  const std::vector<float> second_a(a.begin() + 144, a.end()), second_b(b.begin() + 144, b.end());
  const double mean =
      (structural_similarity(first_a, first_b, 12, 12, 1) + structural_similarity(second_a, second_b, 12, 12, 1)) /
      2;
  CHECK(structural_similarity(a, b, 12, 12, 1) == Approx(mean).epsilon(1e-12));
}

TEST_CASE("SSIM refuses images that are too small, and sizes that do not fit") {
  const std::vector<float> values(300, 0.5f);
  const std::vector<float> none;
  CHECK_THROWS_AS(structural_similarity(values, values, 10, 30, 1), isthmus::ShapeError);
  CHECK_THROWS_AS(structural_similarity(values, values, 30, 10, 1), isthmus::ShapeError);
  CHECK_THROWS_AS(structural_similarity(values, values, 12, 12, 1), isthmus::ShapeError);
  CHECK_THROWS_AS(structural_similarity(values, values, 12, 25, 0), isthmus::ShapeError);
  CHECK_THROWS_AS(structural_similarity(none, none, 12, 12, 1), isthmus::ShapeError);
  CHECK_THROWS_AS(structural_similarity(values, std::span(values).first(150), 15, 10, 1), isthmus::ShapeError);
  CHECK_THROWS_AS(structural_similarity(values, std::span(values).first(150), 12, 25, 1), isthmus::ShapeError);
  CHECK_NOTHROW(structural_similarity(values, values, 12, 25, 1));
}
