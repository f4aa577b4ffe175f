// Convolutions and their transposes as they are written (Algorithm::direct), on every SIMD target against plain
// loops.
#include "lower/convolutions.hpp"
#include "support/catch.hpp"
#include "support/targets.hpp"

using namespace isthmus;
using namespace isthmus::testing;

namespace {

/// A chain of up to 1,000 roundings loses this much of the sum of its terms' sizes; measured: 2.9e-7.
constexpr double most_error = 1e-6;

/// Geometries at random, of all that a declaration allows; cheap enough to compute in plain loops.
Geometry random_geometry(std::uint32_t seed, bool flat_result_allowed) {
  std::uint64_t count = 0;
  const auto draw = [&](auto... choice) {
    const int choices[] = {choice...};
    return choices[random_word(5, Purpose::example, seed, count++) % sizeof...(choice)];
  };
  for (;;) {
    // Mostly images, every third a volume; dilated here and there.
    const int size[] = {draw(1, 1, 1, 1, 3, 4), draw(1, 2, 3, 4, 5, 6, 7, 8, 9, 14),
                        draw(1, 2, 3, 4, 5, 6, 7, 8, 9, 14)};
    const auto dimension = [&](int most) {
      return Window::Dimension{std::min(most, draw(1, 2, 3, 4, 5)), draw(1, 1, 2, 3), 0, draw(1, 1, 1, 2, 3)};
    };
    const Window::Dimension z = dimension(size[0] == 1 ? 1 : 3), y = dimension(5), x = dimension(5);
    const Pad pad = draw(0, 1) == 0 ? Pad::same : Pad::valid;
    if (pad == Pad::valid && (z.reach() > size[0] || y.reach() > size[1] || x.reach() > size[2])) continue;
    const int from = draw(1, 2, 3, 16, 17, 33, 40), to = draw(1, 2, 3, 16, 17, 33, 40);
    const Geometry g = windowed(draw(1, 2, 3), size, from, to, z, y, x, pad);
    if (g.terms() < 1.5e6 && (flat_result_allowed || to > 1)) return g;
  }
}

/// The same in groups, of one channel or of several.
Geometry in_groups(Geometry g, int groups, int channels, int results) {
  g.channels = groups * channels;
  g.result_channels = groups * results;
  return g.in_groups(groups);
}

/// The error; and the bits depend neither on the cut nor on where the image lies.
double check(const Geometry& g, Op op, Algorithm algorithm = Algorithm::direct) {
  const Data data(g);
  const Sums expected = naive(g, op, data);
  double worst = 0;
  for_each_target([&] {
    Convolution convolution{g, algorithm};
    Panels whole = convolution.run(op, data);
    const double error = chain_error(row_major(whole), expected);
    worst = std::max(worst, error);
    int tiled_differently = 0;
    for (const Cut cut : {Cut{1, 1}, Cut{2, 2}, Cut{3, 0}, Cut{0, 1}})
      tiled_differently += convolution.run(op, data, cut).data != whole.data;
    // An image of one channel may lie in panels or where the caller has it.
    convolution.callers_memory = (op == Op::conv2d ? g.channels : g.result_channels) == 1;
    const bool same_from_caller = convolution.run(op, data).data == whole.data;
    if (error < most_error && tiled_differently == 0 && same_from_caller) return;
    INFO(g.text());
    CHECK(error < most_error);
    CHECK(tiled_differently == 0);
    CHECK(same_from_caller);
  });
  return worst;
}

/// Geometries of so many seeds, each by all of these operations.
template <class Make>
void check_seeds(std::uint32_t first, std::uint32_t last, std::initializer_list<Op> ops, Make geometry_of,
                 Algorithm algorithm = Algorithm::direct) {
  double worst = 0;
  for (std::uint32_t seed = first; seed < last; ++seed) {
    const Geometry g = geometry_of(seed);
    for (const Op op : ops)
      // One that gives a single channel is always computed as a narrow one.
      if ((op == Op::conv2d ? g.result_channels : g.channels) > 1)
        worst = std::max(worst, check(g, op, algorithm));
  }
  CAPTURE(worst);
  CHECK(worst > 0);
}

}  // namespace

TEST_CASE("convolutions of every window, stride, padding and odd size") {
  check_seeds(0, 250, {Op::conv2d}, [](std::uint32_t seed) { return random_geometry(seed, false); });
}

TEST_CASE("transposed convolutions of every window, stride, padding and odd size") {
  check_seeds(1000, 1250, {Op::conv2d_transpose}, [](std::uint32_t seed) { return random_geometry(seed, true); });
}

TEST_CASE("convolutions in groups, of every window, and their transposes") {
  check_seeds(2000, 2120, {Op::conv2d, Op::conv2d_transpose}, [](std::uint32_t seed) {
    const Geometry any = random_geometry(seed, false);
    const auto turn = static_cast<int>(seed % 6);
    const int groups = turn + 2, channels = any.channels > 3 ? 17 - turn : any.channels;
    return in_groups(any, groups, channels, turn % 3 + 1);
  });
  check(in_groups(strided(1, 3, 300, 1, 1, 3, 3, 1, 1, Pad::same), 3, 20, 33), Op::conv2d);
  check(in_groups(strided(1, 2, 3, 1, 1, 3, 5, 1, 1, Pad::same), 2, 1100, 9), Op::conv2d);  // gathered in parts
}

TEST_CASE("convolutions of each channel by itself, of every window, and their transposes") {
  const auto by_itself = [](const Geometry& any, int channels) { return in_groups(any, channels, 1, 1); };
  check_seeds(
      3000, 3120, {Op::conv2d, Op::conv2d_transpose},
      [&](std::uint32_t seed) {
        const Geometry any = random_geometry(seed, false);
        return by_itself(any, std::max(2, any.channels));
      },
      Algorithm::depthwise);
  const Geometry wide = by_itself(strided(1, 3, 1100, 1, 1, 3, 5, 1, 1, Pad::same), 17);
  for (const Op op : {Op::conv2d, Op::conv2d_transpose}) check(wide, op, Algorithm::depthwise);
}

TEST_CASE("windows that are larger than the image see the zeros around it") {
  check(strided(2, 1, 1, 3, 5, 5, 5, 1, 1, Pad::same), Op::conv2d);
  check(strided(2, 2, 1, 17, 2, 4, 5, 3, 2, Pad::same), Op::conv2d);
  check(strided(2, 2, 1, 17, 2, 4, 5, 3, 2, Pad::same), Op::conv2d_transpose);
  check(strided(1, 3, 3, 1, 20, 30, 30, 1, 1, Pad::same), Op::conv2d);
}

TEST_CASE("rows of cells that are longer than a block are cut") {
  // A block has at most 224 cells, and fewer where the window sees many channels.
  check(strided(2, 3, 700, 40, 17, 1, 3, 1, 1, Pad::same), Op::conv2d);
  check(strided(1, 5, 300, 40, 33, 3, 3, 1, 1, Pad::same), Op::conv2d);
  check(strided(1, 5, 300, 40, 33, 3, 3, 2, 1, Pad::same), Op::conv2d_transpose);
  check(strided(1, 3, 700, 1, 20, 3, 5, 1, 1, Pad::same), Op::conv2d);
  check(strided(1, 3, 701, 1, 20, 3, 3, 1, 3, Pad::same), Op::conv2d);
  check(strided(1, 3, 300, 20, 1, 3, 3, 1, 2, Pad::same), Op::conv2d_transpose);
  check(windowed(2, {2, 3, 300}, 40, 17, {2}, {2}, {3}, Pad::same), Op::conv2d);
  check(windowed(1, {3, 2, 300}, 1, 20, {3}, {2}, {3, 1, 0, 2}, Pad::same), Op::conv2d);
}

TEST_CASE("what a window sees of many channels is gathered in parts") {
  check(strided(1, 2, 3, 1100, 3, 3, 5, 1, 1, Pad::same), Op::conv2d);
  check(strided(1, 1, 40, 3, 700, 1, 31, 2, 1, Pad::same), Op::conv2d_transpose);
  check(windowed(1, {3, 2, 3}, 700, 17, {3}, {3}, {3}, Pad::same), Op::conv2d);
}

TEST_CASE("a sample's results have the same bits alone and among others") {
  for_each_target([] {
    for (const int channels : {1, 17}) {
      const Geometry three = strided(3, 7, 9, channels, 20, 3, 2, 1, 2, Pad::same);
      Geometry one = three;
      one.samples = 1;
      const Data data(three);
      Data first = data;
      first.image.resize(one.image_size());
      Panels among = Convolution{three}.run(Op::conv2d, data), alone = Convolution{one}.run(Op::conv2d, first);
      std::vector<float> values = row_major(among);
      values.resize(one.result_size());
      CHECK(values == row_major(alone));
    }
  });
}

TEST_CASE("weights whose channels fill whole panels are read as they are") {
  for (const auto& [from, to] : {std::pair{16, 40}, std::pair{32, 3}, std::pair{1, 20}}) {
    const Geometry g = strided(1, 5, 5, from, to, 3, 2, 1, 1, Pad::same);
    const Data data(g);
    Convolution convolution{g};
    Panels plain = convolution.weights(data), packed = convolution.pack(data, false);
    CHECK(packed.rows == plain.rows);
    CHECK(row_major(packed) == row_major(plain));
  }
}
