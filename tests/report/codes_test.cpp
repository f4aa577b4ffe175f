#include <isthmus/error.hpp>
#include <isthmus/report/codes.hpp>

#include <algorithm>
#include <cmath>

#include "support/catch.hpp"

namespace report = isthmus::report;

TEST_CASE("the quantiles of the standard normal distribution") {
  CHECK(report::normal_quantile(0.5) == 0);
  CHECK(report::normal_quantile(0.975) == Approx(1.959963984540054).epsilon(1e-12));
  CHECK(report::normal_quantile(0.025) == Approx(-1.959963984540054).epsilon(1e-12));
  CHECK(report::normal_quantile(1e-9) == Approx(-5.997807015007685).epsilon(1e-9));
  for (double p = 0.001; p < 1; p += 0.001)
    CHECK(0.5 * std::erfc(-report::normal_quantile(p) / std::sqrt(2.0)) == Approx(p).epsilon(1e-12));
  for (const double p : {0.0, 1.0, -0.5, std::nan("")})
    CHECK_THROWS_AS(report::normal_quantile(p), isthmus::NumberError);
}

TEST_CASE("normal codes are standard normal, and a function of the seed alone") {
  const std::vector<float> codes = report::normal_codes(10'000, 3, 1);
  REQUIRE(codes.size() == 30'000);
  double mean = 0, square = 0, fourth = 0, neighbours = 0;
  for (std::size_t i = 0; i < codes.size(); ++i) {
    const double x = static_cast<double>(codes[i]);
    mean += x / 30'000;
    square += x * x / 30'000;
    fourth += x * x * x * x / 30'000;
    if (i > 0) neighbours += x * static_cast<double>(codes[i - 1]) / 30'000;
  }
  CHECK(mean == Approx(0).margin(0.02));
  CHECK(square == Approx(1).epsilon(0.03));
  CHECK(fourth == Approx(3).epsilon(0.1));
  CHECK(neighbours == Approx(0).margin(0.02));

  CHECK(report::normal_codes(10'000, 3, 1) == codes);
  const std::vector<float> fewer = report::normal_codes(7, 3, 1);
  CHECK(std::equal(fewer.begin(), fewer.end(), codes.begin()));
  CHECK(report::normal_codes(7, 3, 2) != fewer);
}

TEST_CASE("the manifold's first value grows to the right, its second upwards") {
  // The middles of thirds: the probabilities 1/6, 1/2, 5/6.
  const float q = 0.96742156610f;
  const std::vector<float> expected{-q, q,  0, q,  q, q,  //
                                    -q, 0,  0, 0,  q, 0,  //
                                    -q, -q, 0, -q, q, -q};
  const std::vector<float> codes = report::manifold_codes(3);
  REQUIRE(codes.size() == expected.size());
  for (std::size_t i = 0; i < codes.size(); ++i) CHECK(codes[i] == Approx(expected[i]).margin(1e-6));
  CHECK(report::manifold_codes(1) == std::vector<float>{0, 0});
}

TEST_CASE("a line of codes goes from the one to the other in equal steps") {
  const std::vector<float> from{0, 1, -2}, to{4, 1, 2};
  CHECK(report::line_of_codes(from, to, 5) == std::vector<float>{0, 1, -2, 1, 1, -1, 2, 1, 0, 3, 1, 1, 4, 1, 2});
  CHECK(report::line_of_codes(from, to, 2) == std::vector<float>{0, 1, -2, 4, 1, 2});
  CHECK_THROWS_AS(report::line_of_codes(from, to, 1), isthmus::ShapeError);
  CHECK_THROWS_AS(report::line_of_codes(from, std::span(to).first(2), 5), isthmus::ShapeError);
}
