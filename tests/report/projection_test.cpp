#include <isthmus/error.hpp>
#include <isthmus/random.hpp>
#include <isthmus/report/projection.hpp>

#include <cmath>
#include <limits>

#include "support/catch.hpp"

namespace report = isthmus::report;
using report::Projection;

namespace {

/// Uniform in [-1, 1).
double spread(std::uint32_t stream, std::size_t index) {
  return 2 * static_cast<double>(isthmus::random_uniform(1, isthmus::Purpose::example, stream, index)) - 1;
}

/// Codes in a plane of a wide space: `first` along the direction of (0 … 0 3 -4), `second` along that of
/// (2 1 0 … 0), both far from the origin.
std::vector<float> plane(const std::vector<double>& first, const std::vector<double>& second, std::size_t size) {
  std::vector<float> codes(first.size() * size, 7.0f);
  for (std::size_t i = 0; i < first.size(); ++i) {
    float* const code = codes.data() + i * size;
    code[size - 2] += static_cast<float>(0.6 * first[i]);
    code[size - 1] -= static_cast<float>(0.8 * first[i]);
    code[0] += static_cast<float>(2 / std::sqrt(5) * second[i]);
    code[1] += static_cast<float>(1 / std::sqrt(5) * second[i]);
  }
  return codes;
}

/// Moves the values so that their mean is 0, and returns the sum of their squares.
double centre(std::vector<double>& values) {
  double mean = 0, sum = 0;
  for (const double value : values) mean += value / static_cast<double>(values.size());
  for (double& value : values) {
    value -= mean;
    sum += value * value;
  }
  return sum;
}

}  // namespace

TEST_CASE("codes of two values are their own plane") {
  const std::vector<float> codes{0, 5, 2, 5, 4, 8};
  const Projection plane = report::project(codes, 2);
  CHECK(plane.points == std::vector<double>{0, 5, 2, 5, 4, 8});
  CHECK_FALSE(plane.principal);
  CHECK(plane.explained[0] == Approx(8.0 / 14));
  CHECK(plane.explained[1] == Approx(6.0 / 14));
  CHECK(report::axis_titles(plane) == std::array<std::string, 2>{"code 1", "code 2"});
}

TEST_CASE("wider codes are projected onto their principal axes, whatever their number and width") {
  // 4, 40 and 1000 values are decomposed by width; of 1001 and 3000 the codes are, all or some.
  for (const std::size_t size : {4u, 40u, 1000u, 1001u, 3000u}) {
    for (const std::size_t count : {30u, 1100u}) {
      if (size == 1000 && count == 30) continue;  // a second's work once is enough
      INFO(count << " codes of " << size);
      std::vector<double> first, second;
      for (std::size_t i = 0; i < count; ++i) {
        first.push_back(3 * spread(0, i));
        second.push_back(spread(1, i));
      }
      const Projection result = report::project(plane(first, second, size), size);
      REQUIRE(result.points.size() == 2 * count);
      CHECK(result.principal);
      const double along_first = centre(first), along_second = centre(second);
      CHECK(result.explained[0] == Approx(along_first / (along_first + along_second)).epsilon(0.01));
      CHECK(result.explained[0] + result.explained[1] == Approx(1).epsilon(1e-5));
      // Of (3, -4) the larger component is made positive; the axes are turned a little by the draw's chance.
      for (std::size_t i = 0; i < count; i += 7) {
        CHECK(result.points[2 * i] == Approx(-first[i]).margin(0.3));
        CHECK(result.points[2 * i + 1] == Approx(second[i]).margin(0.8));
        CHECK(std::hypot(result.points[2 * i], result.points[2 * i + 1]) ==
              Approx(std::hypot(first[i], second[i])).margin(1e-3));
      }
    }
  }
}

TEST_CASE("the axes' titles say how much they show") {
  const Projection plane{{}, {0.368, 0.2}, true};
  CHECK(report::axis_titles(plane) == std::array<std::string, 2>{"principal axis 1 (37 % of the variance)",
                                                                 "principal axis 2 (20 % of the variance)"});
}

TEST_CASE("codes that are all the same lie in one point") {
  for (const std::size_t size : {2u, 5u, 1500u}) {
    const std::vector<float> codes(3 * size, 0.5f);
    const Projection plane = report::project(codes, size);
    CHECK(plane.explained == std::array<double, 2>{0, 0});
    for (std::size_t i = 0; i < 6; ++i) CHECK(plane.points[i] == Approx(size == 2 ? 0.5 : 0));
    CHECK_NOTHROW(report::project(std::span(codes).first(size), size));  // a single one
  }
}

TEST_CASE("codes that cannot be projected are refused") {
  std::vector<float> codes(12, 1.0f);
  CHECK_THROWS_AS(report::project(codes, 0), isthmus::ShapeError);
  CHECK_THROWS_AS(report::project(codes, 1), isthmus::ShapeError);
  CHECK_THROWS_AS(report::project(codes, 5), isthmus::ShapeError);
  CHECK_THROWS_AS(report::project({}, 3), isthmus::ShapeError);
  codes[7] = std::numeric_limits<float>::infinity();
  try {
    report::project(codes, 3);
    FAIL("no error");
  } catch (const isthmus::NumberError& error) {
    CHECK(std::string(error.what()) == "projection: code 2, position 1: expected a finite number, found inf");
  }
}
