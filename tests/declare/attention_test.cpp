// The words for sequences and patches: values against plain loops, what a word writes, and its mistakes.
#include "declare/words.hpp"
#include "support/catch.hpp"
#include "support/numbers.hpp"
#include "support/reference.hpp"

#include <cmath>

using namespace isthmus;
using namespace isthmus::testing;

namespace {

constexpr int samples = 2;

using Row = std::vector<double>;

/// [rows, in] · [in, out] + bias.
Row projected(const Row& x, int in, const Row& weight, const Row& bias) {
  const std::size_t columns = bias.size(), inner = static_cast<std::size_t>(in), rows = x.size() / inner;
  Row y;
  for (std::size_t r = 0; r < rows; ++r)
    for (std::size_t c = 0; c < columns; ++c) {
      double sum = bias[c];
      for (std::size_t k = 0; k < inner; ++k) sum += x[r * inner + k] * weight[k * columns + c];
      y.push_back(sum);
    }
  return y;
}

/// A graph of an attention called `a` with its leaves' values.
struct Attended {
  reference::Interpreter values;
  Row result;

  explicit Attended(const Written& written) : values(written.graph, samples) {
    CHECK_FALSE(written.diagnostic);
    for (int i = 0; i < values.size(); ++i) {
      const Op op = values.node(i).op;
      if (op != Op::input && op != Op::parameter) continue;
      for (std::size_t e = 0; e < values[i].values.size(); ++e)
        values[i].values[e] = uniform(static_cast<std::uint32_t>(i), e, -1, 1);
    }
  }
  void run(int node) {
    values.run();
    result = values[node].values;
  }
  const Row& named(const char* part) { return values.named(std::string("a.") + part).values; }

  /// The largest error of the result for x [samples, t, c] and a context [samples, s, d], where position i may
  /// read position j if `reads(sample, i, j)`.
  template <class Reads>
  double error(const Row& x, const Row& context, int t, int s, int heads, Reads reads) {
    const int width = static_cast<int>(named("query_bias").size()), size = width / heads;
    const auto of = [&](const Row& from, const char* weight, const char* bias) {
      const int in = static_cast<int>(named(weight).size()) / width;
      return projected(from, in, named(weight), named(bias));
    };
    const Row q = of(x, "query_weight", "query_bias"), k = of(context, "key_weight", "key_bias"),
              v = of(context, "value_weight", "value_bias");
    Row mixed(static_cast<std::size_t>(samples * t * width));
    for (int n = 0; n < samples; ++n)
      for (int h = 0; h < heads; ++h)
        for (int i = 0; i < t; ++i) {
          const auto at = [&](const Row& m, int rows, int row, int c) {
            return m[static_cast<std::size_t>((n * rows + row) * width + h * size + c)];
          };
          double total = 0;
          Row share;
          for (int j = 0; j < s; ++j) {
            double score = 0;
            for (int c = 0; c < size; ++c) score += at(q, t, i, c) * at(k, s, j, c);
            share.push_back(reads(n, i, j) ? std::exp(score / std::sqrt(size)) : 0.0);
            total += share.back();
          }
          for (int c = 0; c < size; ++c) {
            double sum = 0;
            for (int j = 0; j < s; ++j) sum += share[static_cast<std::size_t>(j)] / total * at(v, s, j, c);
            mixed[static_cast<std::size_t>((n * t + i) * width + h * size + c)] = sum;
          }
        }
    return largest_error(result, of(mixed, "output_weight", "output_bias"), 1e-2);
  }
};

bool reads_all(int, int, int) { return true; }

}  // namespace

TEST_CASE("attention mixes the rows of a sequence, head by head") {
  const auto check = [](const Written& written, int t, int heads, auto reads) {
    Attended one(written);
    one.run(written.result);
    const Row x = one.values.named("x").values;
    CHECK(one.error(x, x, t, t, heads, reads) < 1e-6);
  };
  check(write<5, 6>(attention<1>("a")), 5, 1, reads_all);
  check(write<5, 6>(attention<3>("a")), 5, 3, reads_all);
  check(write<1, 4>(attention<4>("a")), 1, 4, reads_all);
  check(write<7, 4>(attention<2>("a", causal)), 7, 2, [](int, int i, int j) { return j <= i; });
  check(write<3, 5>(attention<1>("a", causal)), 3, 1, [](int, int i, int j) { return j <= i; });
}

TEST_CASE("attention reads another sequence, and of it what a mask says") {
  Scope g;
  const Tensor x = g.input<3, 4>("x"), context = g.input<5, 7>("context"), mask = g.input<5>("mask");
  const Tensor y = attention<2>(x, context, "a", key_mask(mask));
  Attended one({g.graph(), y.id, g.diagnostic()});
  Row& seen = one.values.named("mask").values;
  for (std::size_t i = 0; i < seen.size(); ++i) seen[i] = i % 3 == 0 ? 1 : 0;
  one.run(y.id);
  CHECK(one.error(one.values.named("x").values, one.values.named("context").values, 3, 5, 2,
                  [&](int n, int, int j) { return seen[static_cast<std::size_t>(n * 5 + j)] == 1; }) < 1e-6);
}

TEST_CASE("positions add the same rows to each sample; sinusoidal ones are sines and cosines") {
  const Written written = write<3, 4>(positions("p"));
  reference::Interpreter values(written.graph, samples);
  for (std::size_t i = 0; i < 12; ++i) values.named("p.weight").values[i] = static_cast<double>(i);
  values.run();
  for (std::size_t i = 0; i < 24; ++i) CHECK(values[written.result].values[i] == static_cast<double>(i % 12));
  const auto start = [](std::int64_t element) {
    return double{Initializer::sinusoidal.start({.value = 6, .element = element})};
  };
  for (int t = 0; t < 4; ++t)
    for (int c = 0; c < 6; ++c) {
      const double angle = t / std::pow(10000.0, (c - c % 2) / 6.0);
      CHECK(start(t * 6 + c) == Approx(c % 2 == 0 ? std::sin(angle) : std::cos(angle)).margin(1e-7));
    }
}

TEST_CASE("patches of an image, row by row, and the image again") {
  constexpr int height = 4, width = 6, channels = 2, size = 2;
  const Written there = write<height, width, channels>(patches<size>);
  const Written back = write<6, 8>(unpatch<size, height, width>);
  reference::Interpreter cut(there.graph, samples), joined(back.graph, samples);
  Row& image = cut.named("x").values;
  for (std::size_t i = 0; i < image.size(); ++i) image[i] = static_cast<double>(i);
  cut.run();
  std::size_t at = 0;
  for (int n = 0; n < samples; ++n)
    for (int py = 0; py < height / size; ++py)
      for (int px = 0; px < width / size; ++px)
        for (int y = py * size; y < (py + 1) * size; ++y)
          for (int x = px * size; x < (px + 1) * size; ++x)
            for (int c = 0; c < channels; ++c)
              CHECK(cut[there.result].values[at++] == ((n * height + y) * width + x) * channels + c);
  joined.named("x").values = cut[there.result].values;
  joined.run();
  CHECK(joined[back.result].values == image);
}

TEST_CASE("some rows are seen with a loss, all without one; the others are replaced") {
  Scope g;
  const Tensor x = g.input<7, 3>("x"), seen = some_rows<2>(x, "mask"), y = hide_rows(x, seen, "token");
  CHECK_FALSE(g.diagnostic());
  reference::Interpreter values(g.graph(), samples);
  for (double& value : values.named("x").values) value = 2;
  for (double& value : values.named("token.weight").values) value = 5;
  values.run();
  // by_mode gives its first operand here, what it is with a loss.
  for (std::size_t n = 0; n < samples; ++n) {
    double count = 0;
    for (std::size_t r = 0; r < 7; ++r) {
      const double is_seen = values[seen.id].values[n * 7 + r];
      CHECK((is_seen == 0 || is_seen == 1));
      CHECK(values[y.id].values[(n * 7 + r) * 3] == (is_seen == 1 ? 2 : 5));
      count += is_seen;
    }
    CHECK(count == 2);
  }
}

namespace {

static_assert(same_in_all_notations<5, 8>(attention<2>("a", causal),
                                          [](Tensor x) { return attention<2>(x, "a", causal); }));
static_assert(same_in_all_notations<5, 8>(positions("p"), [](Tensor x) { return positions(x, "p"); }));

constexpr bool parameters_are_right() {
  const Written self = write<5, 8>(attention<2>("a")), bare = write<5, 8>(attention<2>("a", no_bias));
  const Written place = write<5, 8>(positions("p")), fixed_place = write<5, 8>(sinusoidal("p"));
  return self.count(Op::parameter) == 8 && bare.count(Op::parameter) == 4 &&
         self.parameter("query_weight").shape == shape_of(8, 8) &&
         self.parameter("output_bias").shape == shape_of(8) && place.parameter("weight").shape == shape_of(5, 8) &&
         place.parameter("weight").trained && !fixed_place.parameter("weight").trained &&
         starts(fixed_place.parameter("weight"), Initializer::sinusoidal, 8);
}
static_assert(parameters_are_right());

constexpr bool mistakes_are_found() {
  return is(write<5, 8>(attention<3>("a")).diagnostic, Mistake::heads_do_not_divide, "a", shape_of(batch, 5, 8),
            shape_of(batch, 3)) &&
         is(write<5, 8>(attention<0>("a")).diagnostic, Mistake::size_not_positive, "a", shape_of(batch, 0),
            shape_of(batch, 1)) &&
         is(write<8>(attention<2>("a")).diagnostic, Mistake::not_a_sequence, "a", shape_of(batch, 8),
            shape_of(batch, 1, 8)) &&
         is(write<2, 3, 4>(positions("p")).diagnostic, Mistake::not_a_sequence, "p", shape_of(batch, 2, 3, 4),
            shape_of(batch, 6, 4)) &&
         is(write<6, 5, 1>(patches<2>).diagnostic, Mistake::patches_do_not_cover, "x", shape_of(batch, 6, 5, 1),
            shape_of(batch, 2, 2)) &&
         is(write<6, 5>(unpatch<2, 4, 6>).diagnostic, Mistake::patches_do_not_cover, "x", shape_of(batch, 4, 6),
            shape_of(batch, 6, 5));
}
static_assert(mistakes_are_found());

}  // namespace

TEST_CASE("words for sequences: parameters, and mistakes") {
  CHECK(parameters_are_right());
  CHECK(mistakes_are_found());
}
