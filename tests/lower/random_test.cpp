// Random numbers in panels: they are Philox's words by the documented layout, and nothing else than their key
// decides.
#include <isthmus/random.hpp>

#include "lower/convolutions.hpp"
#include "support/catch.hpp"
#include "support/targets.hpp"

using namespace isthmus;
using namespace isthmus::testing;

namespace {

struct Draw {
  int samples, rows, columns;
  lower::RandomKey key = {.seed = 0x123456789abcdefull, .step = 7, .stream = 99, .sample_numbers = nullptr};
  Distribution distribution = Distribution::uniform;

  Panels run(Cut cut = {1 << 20, 1 << 20}) const {
    lower::AnchorCall call;
    call.samples = samples;
    call.random = key;
    call.image.op = Op::random;
    call.image.attribute = distribution;
    call.image.result.height = rows;
    call.image.result.width = columns;
    return run_anchor(lower::kernels().random, call, samples * rows, columns, cut.units, cut.panels);
  }

  /// One counter gives a word each to four neighbouring panels, at the same place in each.
  double uniform_at(int sample, int row, int column) const {
    const int panel = column / 16, blocks = (plan::panels_of(columns) + 3) / 4;
    const auto first = static_cast<std::uint32_t>((row * blocks + panel / 4) * 16 + column % 16);
    const std::uint32_t name =
        key.sample_numbers != nullptr ? key.sample_numbers[sample] : static_cast<std::uint32_t>(sample);
    const auto words = philox({first, name, key.step, key.stream},
                              {static_cast<std::uint32_t>(key.seed), static_cast<std::uint32_t>(key.seed >> 32)});
    return static_cast<double>(words[static_cast<std::size_t>(panel % 4)] >> 8) * 0x1p-24;
  }
};

const Draw draws[] = {{1, 1, 1},  {3, 1, 16}, {2, 1, 17}, {2, 5, 3},
                      {3, 4, 40}, {2, 3, 64}, {2, 3, 65}, {1, 2, 200}};

}  // namespace

TEST_CASE("uniform numbers are Philox's words, the same on every SIMD target") {
  for_each_target([] {
    for (Draw draw : draws)
      for (const bool numbered : {false, true}) {
        INFO(draw.samples << " × " << draw.rows << " " << draw.columns << (numbered ? ", numbered" : ""));
        const std::uint32_t numbers[] = {70000, 5, 4000000000u};
        draw.key.sample_numbers = numbered ? numbers : nullptr;
        Panels found = draw.run();
        int wrong = 0;
        for (int r = 0; r < draw.samples * draw.rows; ++r)
          for (int c = 0; c < draw.columns; ++c)
            wrong += double{found.at(r, c)} != draw.uniform_at(r / draw.rows, r % draw.rows, c);
        CHECK(wrong == 0);
      }
  });
}

TEST_CASE("normal numbers are made of two uniform ones each") {
  for_each_target([] {
    for (Draw draw : draws) {
      INFO(draw.samples << " × " << draw.rows << " " << draw.columns);
      draw.distribution = Distribution::normal;
      Panels found = draw.run();
      double worst = 0;
      for (int r = 0; r < draw.samples * draw.rows; ++r)
        for (int c = 0; c < draw.columns; ++c) {
          // Panels 0 and 1 of four share a radius and an angle, and so do 2 and 3.
          const int even = c - (c / 16 % 2) * 16;
          const double u = 1 - draw.uniform_at(r / draw.rows, r % draw.rows, even),
                       v = draw.uniform_at(r / draw.rows, r % draw.rows, even + 16);
          const double radius = std::sqrt(-2 * std::log(u)), angle = 2 * std::acos(-1.0) * v;
          const double expected = radius * (c == even ? std::cos(angle) : std::sin(angle));
          worst = std::max(worst, relative_error(double{found.at(r, c)}, expected, 1));
        }
      CHECK(worst < 2e-6);
    }
  });
}

TEST_CASE("a million numbers have the moments of their distribution") {
  for_each_target([] {
    for (const Distribution distribution : {Distribution::uniform, Distribution::normal}) {
      Draw draw{1000, 10, 100};
      draw.distribution = distribution;
      Panels found = draw.run();
      double moments[4] = {}, lowest = 1e9, highest = -1e9, neighbours = 0;
      const bool is_normal = distribution == Distribution::normal;
      const double centre = is_normal ? 0 : 0.5, scale = is_normal ? 1 : std::sqrt(12.0);
      for (int r = 0; r < found.rows; ++r)
        for (int c = 0; c < found.columns; ++c) {
          const double x = (double{found.at(r, c)} - centre) * scale;
          for (double power = x; double& moment : moments) moment += power / 1e6, power *= x;
          lowest = std::min(lowest, double{found.at(r, c)});
          highest = std::max(highest, double{found.at(r, c)});
          // Of a pair that shares its radius, and of neighbours in memory.
          if (c >= 16) neighbours += x * (double{found.at(r, c - 16)} - centre) * scale / 1e6;
          if (c >= 1) neighbours += x * (double{found.at(r, c - 1)} - centre) * scale / 1e6;
        }
      CAPTURE(is_normal, moments[0], moments[1], moments[2], moments[3], lowest, highest, neighbours);
      // Five standard deviations of a mean of a million numbers, whose powers vary by at most √96.
      CHECK(std::fabs(moments[0]) < 5e-3);
      CHECK(std::fabs(moments[1] - 1) < 7.1e-3);
      CHECK(std::fabs(moments[2]) < 0.02);
      CHECK(std::fabs(moments[3] - (is_normal ? 3 : 1.8)) < 0.05);
      CHECK(std::fabs(neighbours) < 7.1e-3);
      CHECK(lowest >= (is_normal ? -6.0 : 0.0));
      CHECK(highest < (is_normal ? 6.0 : 1.0));
      CHECK(highest > (is_normal ? 4.0 : 0.999));
    }
  });
}

TEST_CASE("random numbers have the same bits for every tile and any number of samples") {
  for_each_target([] {
    for (Draw draw : draws)
      for (const Distribution distribution : {Distribution::uniform, Distribution::normal}) {
        draw.distribution = distribution;
        Panels whole = draw.run();
        for (const Cut cut : {Cut{1, 1}, Cut{2, 2}, Cut{16, 3}, Cut{1, 4}, Cut{3, 5}})
          CHECK(draw.run(cut).data == whole.data);
        Draw first = draw;
        first.samples = 1;
        Panels alone = first.run();
        std::vector<float> values = row_major(whole);
        values.resize(static_cast<std::size_t>(draw.rows * draw.columns));
        CHECK(values == row_major(alone));
      }
  });
}

TEST_CASE("each part of the key decides, and a sample's name stands for its place") {
  const Draw draw{3, 2, 40};
  const auto differs = [&](auto change) {
    Draw other = draw;
    change(other.key);
    Panels one = draw.run(), two = other.run();
    int equal = 0;
    for (int r = 0; r < one.rows; ++r)
      for (int c = 0; c < one.columns; ++c) equal += one.at(r, c) == two.at(r, c);
    return equal < 3;
  };
  CHECK_FALSE(differs([](lower::RandomKey&) {}));
  CHECK(differs([](lower::RandomKey& key) { key.seed ^= 1; }));
  CHECK(differs([](lower::RandomKey& key) { key.seed ^= std::uint64_t{1} << 40; }));
  CHECK(differs([](lower::RandomKey& key) { ++key.step; }));
  CHECK(differs([](lower::RandomKey& key) { ++key.stream; }));
  const std::uint32_t shifted[] = {1, 2, 0}, places[] = {0, 1, 2};
  CHECK(differs([&](lower::RandomKey& key) { key.sample_numbers = shifted; }));
  CHECK_FALSE(differs([&](lower::RandomKey& key) { key.sample_numbers = places; }));
}
