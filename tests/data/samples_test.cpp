#include <isthmus/data/samples.hpp>
#include <isthmus/error.hpp>

#include <cmath>
#include <limits>

#include "data/temporary_folder.hpp"
#include "support/catch.hpp"

using isthmus::NumberError;
using isthmus::ShapeError;
using isthmus::data::kept_missing;
using isthmus::data::Samples;

namespace {

using Bytes = std::vector<std::uint8_t>;
using Floats = std::vector<float>;

Samples three_images() {
  return Samples("three", {2, 2}, Bytes{0, 51, 102, 255, 1, 2, 3, 4, 5, 6, 7, 8}, {7, 8, 9});
}

}  // namespace

TEST_CASE("samples of bytes are read as byte / 255") {
  const Samples samples = three_images();
  CHECK(samples.name() == "three");
  CHECK(samples.count() == 3);
  CHECK(samples.shape() == std::vector<std::int64_t>{2, 2});
  CHECK(samples.sample_size() == 4);
  Floats out(8);
  samples.values(0, 2, out.data());
  CHECK(out == Floats{0.0f, 51 / 255.0f, 102 / 255.0f, 1.0f, 1 / 255.0f, 2 / 255.0f, 3 / 255.0f, 4 / 255.0f});
}

TEST_CASE("samples of floats are read unchanged") {
  const Samples samples("floats", {2}, Floats{-1.5f, 1e30f, 0.25f, 3.0f});
  Floats out(2);
  samples.values(1, 1, out.data());
  CHECK(out == Floats{0.25f, 3.0f});
  CHECK(samples.labels().empty());
}

TEST_CASE("gather takes samples in the order of the indices, repeats included") {
  const Samples samples("floats", {1}, Floats{10, 11, 12});
  const std::vector<std::uint32_t> indices{2, 0, 2};
  Floats out(3);
  samples.gather(indices, out.data());
  CHECK(out == Floats{12, 10, 12});
}

TEST_CASE("a slice sees its own samples, labels and mean") {
  const Samples slice = three_images().slice(1, 2);
  CHECK(slice.count() == 2);
  Floats out(4);
  slice.values(1, 1, out.data());
  CHECK(out == Floats{5 / 255.0f, 6 / 255.0f, 7 / 255.0f, 8 / 255.0f});
  const std::vector<std::uint32_t> second{1};
  Floats gathered(4);
  slice.gather(second, gathered.data());
  CHECK(gathered == out);
  REQUIRE(slice.labels().size() == 2);
  CHECK(slice.labels()[0] == 8);
  CHECK(slice.mean() == Approx(36 / 255.0 / 8));
  CHECK(slice.slice(1, 1).labels()[0] == 9);
  CHECK(slice.slice(2, 0).mean() == 0.0);
}

TEST_CASE("the mean is over all values") {
  CHECK(three_images().mean() == Approx((0 + 51 + 102 + 255 + 36) / 255.0 / 12));
  CHECK(Samples("floats", {2}, Floats{1, 2, 3, -10}).mean() == Approx(-1.0));
  CHECK(Samples().mean() == 0.0);
}

TEST_CASE("minimum and maximum are over all values of the slice, as they are read") {
  const auto bytes = three_images().statistics();
  CHECK(bytes.minimum == 0.0f);
  CHECK(bytes.maximum == 1.0f);
  CHECK(bytes.mean == three_images().mean());
  const Samples floats("floats", {2}, Floats{1, 2, 3, -10, 5, 4});
  CHECK(floats.statistics().minimum == -10.0f);
  CHECK(floats.statistics().maximum == 5.0f);
  CHECK(floats.slice(0, 1).statistics().minimum == 1.0f);
  CHECK(floats.slice(0, 1).statistics().maximum == 2.0f);
  CHECK(Samples("zeros", {1}, Floats{0, 0}).statistics().maximum == 0.0f);
  CHECK(Samples("bytes", {1}, std::vector<std::uint8_t>{255, 255}).statistics().minimum == 1.0f);
  CHECK(Samples().statistics().maximum == 0.0f);
}

TEST_CASE("samples outside the set are refused") {
  const Samples samples = three_images();
  Floats out(16);
  CHECK_THROWS_AS(samples.values(2, 2, out.data()), ShapeError);
  CHECK_THROWS_AS(samples.values(4, 0, out.data()), ShapeError);
  CHECK_THROWS_AS(samples.values(1, std::numeric_limits<std::size_t>::max(), out.data()), ShapeError);
  CHECK_THROWS_AS(samples.slice(0, 4), ShapeError);
  const std::vector<std::uint32_t> indices{0, 3};
  CHECK_THROWS_AS(samples.gather(indices, out.data()), ShapeError);
  // Samples that exist, but outside the slice.
  CHECK_THROWS_AS(samples.slice(0, 1).values(1, 1, out.data()), ShapeError);
}

TEST_CASE("values that do not fit the shape are refused") {
  CHECK(message_of<ShapeError>([] { Samples("x.npy", {2, 2}, Bytes(5)); }) ==
        "x.npy: expected whole samples of shape [2, 2], found 5 values");
  CHECK(message_of<ShapeError>([] { Samples("x.npy", {2, 0}, Bytes{}); }) ==
        "x.npy: expected samples of at least one value, found shape [2, 0]");
  CHECK_THROWS_AS(Samples("x.npy", {-1}, Bytes{}), ShapeError);
  CHECK_THROWS_AS(Samples("x.npy", {std::int64_t{1} << 40, std::int64_t{1} << 40}, Bytes{}), ShapeError);
  CHECK(message_of<ShapeError>([] { Samples("x.npy", {2}, Bytes(4), Bytes(3)); }) ==
        "x.npy: expected one label for each of 2 samples, found 3");
}

TEST_CASE("a missing value becomes what it is told to, infinity does not") {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const float infinity = std::numeric_limits<float>::infinity();
  const Samples filled("x.npy", {3}, Floats{nan, 1, 2, 3, nan, nan}, {}, -4.0f);
  Floats out(6);
  filled.values(0, 2, out.data());
  CHECK(out == Floats{-4, 1, 2, 3, -4, -4});
  CHECK(filled.mean() == -1.0);
  CHECK(message_of<NumberError>([&] { Samples("x.npy", {3}, Floats{nan, 1, infinity}, {}, 0.0f); }) ==
        "x.npy: sample 0, position 2: expected a finite number, found inf");
  CHECK(message_of<NumberError>([&] { Samples("x.npy", {1}, Floats{1}, {}, infinity); }) ==
        "x.npy: what missing values become: expected a finite number, found inf");
}

TEST_CASE("missing values that are kept are no part of the statistics") {
  const float missing = std::numeric_limits<float>::quiet_NaN();
  const Samples samples("set", {2}, std::vector<float>{1, missing, missing, 4, missing, missing}, {},
                        kept_missing);
  std::vector<float> values(6);
  samples.values(0, 3, values.data());
  CHECK(std::isnan(values[1]));
  CHECK(values[3] == 4);
  CHECK(samples.mean() == 2.5);
  CHECK(samples.statistics().minimum == 1);
  CHECK(samples.statistics().maximum == 4);
  CHECK(samples.slice(2, 1).mean() == 0);
  CHECK_THROWS_AS(
      Samples("set", {1}, std::vector<float>{std::numeric_limits<float>::infinity()}, {}, kept_missing),
      isthmus::NumberError);
}

TEST_CASE("NaN and infinity are refused with file, sample and position") {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const float infinity = std::numeric_limits<float>::infinity();
  CHECK(
      message_of<NumberError>([&] { Samples("x.npy", {3}, Floats{0, 0, 0, 0, 0, nan}); }) ==
      "x.npy: sample 1, position 2: expected a finite number, found nan, a missing value (--fill says what becomes of it)");
  CHECK(message_of<NumberError>([&] { Samples("x.npy", {3}, Floats{-infinity, 0, 0}); }) ==
        "x.npy: sample 0, position 0: expected a finite number, found -inf");
}
