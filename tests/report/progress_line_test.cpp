#include <isthmus/report/progress_line.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

#include "support/catch.hpp"

namespace report = isthmus::report;
using report::ProgressState;

namespace {

std::string line(const ProgressState& state, std::size_t width) {
  std::string text(width + 1, '!');  // the mark behind the end tells if too much is written
  const std::size_t size = report::write_progress_line({text.data(), width}, state);
  REQUIRE(size <= width);
  REQUIRE(text[width] == '!');
  text.resize(size);
  return text;
}

constexpr ProgressState usual{3, 10, 29, 59, 0.5, 41234, 0.03123, 83};

}  // namespace

TEST_CASE("a wide terminal shows it all") {
  CHECK(line(usual, 120) ==
        "epoch  3/10  [===============>              ]  29/59    41k samples/s  loss 0.03123     1:23 left");
}

TEST_CASE("a narrow terminal leaves the less important out") {
  CHECK(line(usual, 79) == "epoch  3/10  [======>     ]  29/59    41k samples/s  loss 0.03123     1:23 left");
  CHECK(line(usual, 60) == "epoch  3/10  [========>        ]  loss 0.03123     1:23 left");
  CHECK(line(usual, 40) == "epoch  3/10  [====>    ]  loss 0.03123  ");
  CHECK(line(usual, 30) == "epoch  3/10  loss 0.03123  ");
  CHECK(line(usual, 12) == "epoch  3/10");
  CHECK(line(usual, 7) == "epoch  ");
  CHECK(line(usual, 0).empty());
}

TEST_CASE("a line is never wider than asked, whatever the numbers") {
  const double infinity = std::numeric_limits<double>::infinity();
  const ProgressState extreme[] = {
      usual,
      {1, 1, 0, 0, 0, 0, 0, 0},
      {2147483647, 2147483647, 9223372036854775807, 9223372036854775807, 2, 1e300, -1.234567e-300, 1e300},
      {1, 1, 1, 1, std::nan(""), std::nan(""), std::nan(""), std::nan("")},
      {1, 1, 1, 1, -1, infinity, -infinity, infinity},
  };
  for (const auto& state : extreme) {
    for (std::size_t width = 0; width <= 256; ++width) {
      const std::string text = line(state, width);
      CHECK(std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c <= '~'; }));
    }
  }
}

TEST_CASE("the bar is empty at the start and full at the end") {
  ProgressState state = usual;
  state.fraction = 0;
  CHECK(line(state, 120).find("[>                             ]") != std::string::npos);
  state.fraction = 1;
  CHECK(line(state, 120).find("[==============================]") != std::string::npos);
}

TEST_CASE("rates and times have a unit that fits") {
  const auto with = [](double rate, double left) {
    ProgressState state = usual;
    state.rate = rate;
    state.seconds_left = left;
    return line(state, 120);
  };
  const auto has = [](const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
  };
  CHECK(has(with(950, 0), "  950 samples/s"));
  CHECK(has(with(2.5e6, 0), " 2.5M samples/s"));
  CHECK(has(with(0, 0), " - samples/s"));
  CHECK(has(with(1, 0), " 0:00 left"));
  CHECK(has(with(1, 59.5), " 1:00 left"));
  CHECK(has(with(1, 3 * 3600 + 61), " 3:01:01 left"));
  CHECK(has(with(1, std::nan("")), " --:-- left"));
}
