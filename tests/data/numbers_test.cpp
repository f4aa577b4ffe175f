#include <isthmus/data/numbers.hpp>

#include <bit>
#include <cmath>
#include <cstring>
#include <limits>

#include "support/catch.hpp"

using namespace isthmus::data;

TEST_CASE("every number of 16 bits is the float that the standard says it is") {
  for (std::uint32_t bits = 0; bits <= 0xffff; ++bits) {
    const std::uint32_t exponent = bits >> 10 & 0x1f, fraction = bits & 0x3ff;
    const float sign = (bits & 0x8000) != 0 ? -1.0f : 1.0f;
    const float number = from_half(static_cast<std::uint16_t>(bits));
    float expected =
        sign * std::ldexp(1.0f + static_cast<float>(fraction) / 1024, static_cast<int>(exponent) - 15);
    if (exponent == 0) expected = sign * std::ldexp(static_cast<float>(fraction) / 1024, -14);
    if (exponent == 31) expected = sign * std::numeric_limits<float>::infinity();
    if (exponent == 31 && fraction != 0) {
      REQUIRE(std::isnan(number));
    } else {
      REQUIRE(std::bit_cast<std::uint32_t>(number) == std::bit_cast<std::uint32_t>(expected));
    }
  }
}

TEST_CASE("numbers become floats wherever they begin, and only doubles can be beyond them") {
  std::vector<unsigned char> bytes(1 + 3 * 8);
  const double doubles[] = {0.1, -3.4028234663852886e38, 3.5e38};
  std::memcpy(bytes.data() + 1, doubles, sizeof doubles);
  float out[3] = {};
  CHECK(to_floats({NumberKind::floating, 8, false}, bytes.data() + 1, 3, out) == 2);
  CHECK(out[0] == 0.1f);
  CHECK(out[1] == std::numeric_limits<float>::lowest());
  CHECK(number_text({NumberKind::floating, 8, false}, bytes.data() + 17) == "3.5e+38");
  CHECK(to_floats({NumberKind::floating, 8, false}, bytes.data() + 1, 2, out) == 2);
  const double infinity = std::numeric_limits<double>::infinity();
  std::memcpy(bytes.data() + 1, &infinity, sizeof infinity);
  CHECK(to_floats({NumberKind::floating, 8, false}, bytes.data() + 1, 1, out) == 1);
  CHECK(std::isinf(out[0]));
  const std::uint64_t largest = std::numeric_limits<std::uint64_t>::max();
  std::memcpy(bytes.data() + 1, &largest, sizeof largest);
  CHECK(to_floats({NumberKind::natural, 8, true}, bytes.data() + 1, 1, out) == 1);
  CHECK(out[0] == 0x1p64f);
}

TEST_CASE("labels are whole numbers from 0 to 255") {
  const unsigned char bytes[] = {0, 0, 0, 200, 255, 255, 255, 255};
  CHECK(label_of({NumberKind::natural, 4, true}, bytes) == 200);
  CHECK_FALSE(label_of({NumberKind::natural, 4, false}, bytes));
  CHECK_FALSE(label_of({NumberKind::integer, 4, true}, bytes + 4));
  CHECK(label_of({NumberKind::natural, 1, false}, bytes + 4) == 255);
  CHECK(label_of({NumberKind::boolean, 1, false}, bytes + 4) == 1);
  CHECK_FALSE(label_of({NumberKind::floating, 4, true}, bytes));
}

TEST_CASE("unsigned bytes alone are pixels") {
  CHECK(read_as({NumberKind::natural, 1, false}, BytesAre::pixels).kind == NumberKind::pixel);
  CHECK(read_as({NumberKind::natural, 1, false}, BytesAre::numbers).kind == NumberKind::natural);
  CHECK(read_as({NumberKind::natural, 2, false}, BytesAre::pixels).kind == NumberKind::natural);
  CHECK(read_as({NumberKind::integer, 1, false}, BytesAre::pixels).kind == NumberKind::integer);
  CHECK(read_as({NumberKind::boolean, 1, false}, BytesAre::pixels).kind == NumberKind::boolean);
}
