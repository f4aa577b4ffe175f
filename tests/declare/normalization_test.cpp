// Normalization within a sample: values against the formula, what a word writes, and its mistakes.
#include "declare/words.hpp"
#include "support/catch.hpp"
#include "support/numbers.hpp"
#include "support/reference.hpp"

#include <cmath>

using namespace isthmus;
using namespace isthmus::testing;

namespace {

constexpr int samples = 3;

/// A layer's values and input; its parameters `n.scale` and `n.shift` differ from channel to channel.
struct Normalized {
  std::vector<double> x, y, scale, shift;

  explicit Normalized(const Written& written) {
    CHECK_FALSE(written.diagnostic);
    reference::Interpreter values(written.graph, samples);
    const auto fill = [&](const char* name, std::uint32_t stream) {
      std::vector<double>& list = values.named(name).values;
      for (std::size_t i = 0; i < list.size(); ++i) list[i] = uniform(stream, i, -1, 2);
      return list;
    };
    x = fill("x", 1);
    scale = fill("n.scale", 2);
    shift = fill("n.shift", 3);
    values.run();
    y = values[written.result].values;
  }

  /// Whether y is x normalized over those values of a sample, or of each of its rows, whose channels are in the
  /// same group.
  void check(std::size_t groups, double epsilon, std::size_t rows = 1) const {
    const std::size_t of_sample = x.size() / samples / rows, channels = scale.size(), size = channels / groups;
    for (std::size_t i = 0; i < x.size(); ++i) {
      const std::size_t first = i / of_sample * of_sample, group = i % channels / size;
      std::vector<double> together;
      for (std::size_t k = first; k < first + of_sample; ++k)
        if (k % channels / size == group) together.push_back(x[k]);
      const auto count = static_cast<double>(together.size());
      double mean = 0, variance = 0;
      for (const double value : together) mean += value / count;
      for (const double value : together) variance += (value - mean) * (value - mean) / count;
      const double normalized = (x[i] - mean) / std::sqrt(variance + epsilon);
      CHECK(y[i] == Approx(normalized * scale[i % channels] + shift[i % channels]).epsilon(1e-6).margin(1e-6));
    }
  }
};

}  // namespace

TEST_CASE("layer_norm normalizes each sample's row") {
  for (const float epsilon : {1e-3f, 0.125f}) {
    Normalized(write<1>(layer_norm("n", epsilon))).check(1, double{epsilon});
    Normalized(write<7>(layer_norm("n", epsilon))).check(1, double{epsilon});
    Normalized(write<17>(layer_norm("n", epsilon))).check(1, double{epsilon});
  }
  Normalized(write<7>(layer_norm("n"))).check(1, double{1e-3f});
  Normalized(write<5, 7>(layer_norm("n"))).check(1, double{1e-3f}, 5);
  Normalized(write<3, 1>(layer_norm("n", 0.125f))).check(1, 0.125, 3);
}

TEST_CASE("group_norm normalizes groups of channels over all pixels of a sample") {
  Normalized(write<5, 7, 6>(group_norm<2>("n"))).check(2, double{1e-3f});
  Normalized(write<5, 7, 6>(group_norm<3>("n", 0.125f))).check(3, 0.125);
  // All values of a sample; each channel by itself; one channel; one pixel; a row of pixels.
  Normalized(write<3, 4, 5>(group_norm<1>("n"))).check(1, double{1e-3f});
  Normalized(write<3, 4, 5>(group_norm<5>("n"))).check(5, double{1e-3f});
  Normalized(write<4, 3, 1>(group_norm<1>("n"))).check(1, double{1e-3f});
  Normalized(write<1, 1, 6>(group_norm<3>("n"))).check(3, double{1e-3f});
  Normalized(write<1, 70, 4>(group_norm<2>("n"))).check(2, double{1e-3f});
}

namespace {

static_assert(same_in_all_notations<7>(layer_norm("n"), [](Tensor x) { return layer_norm(x, "n"); }));
static_assert(same_in_all_notations<2, 3, 4>(group_norm<2>("n", 0.5f),
                                             [](Tensor x) { return group_norm<2>(x, "n", 0.5f); }));

constexpr bool parameters_are_right() {
  const Written row = write<7>(layer_norm("n")), image = write<2, 3, 4>(group_norm<2>("n"));
  return row.count(Op::parameter) == 2 && row.parameter("scale").shape == shape_of(7) &&
         starts(row.parameter("scale"), Initializer::constant, 1) &&
         starts(row.parameter("shift"), Initializer::zeros) && image.count(Op::parameter) == 2 &&
         image.parameter("scale").shape == shape_of(4) &&
         image.parameter("shift").label == Label{"n", "shift", ""} && parameter_count(image.graph) == 8;
}
static_assert(parameters_are_right());

constexpr bool mistakes_are_found() {
  return is(write<2, 3, 4>(layer_norm("n")).diagnostic, Mistake::not_a_row, "n", shape_of(batch, 2, 3, 4),
            shape_of(batch, 24)) &&
         is(write<6>(group_norm<2>("n")).diagnostic, Mistake::not_an_image, "n", shape_of(batch, 6),
            shape_of(batch, 1, 1, 6)) &&
         is(write<2, 3, 4>(group_norm<3>("n")).diagnostic, Mistake::channels_not_in_groups, "n",
            shape_of(batch, 2, 3, 4), shape_of(batch, 3)) &&
         is(write<2, 3, 4>(group_norm<8>("n")).diagnostic, Mistake::channels_not_in_groups, "n",
            shape_of(batch, 2, 3, 4), shape_of(batch, 8)) &&
         is(write<2, 3, 4>(group_norm<0>("n")).diagnostic, Mistake::size_not_positive, "n", shape_of(batch, 0),
            shape_of(batch, 1)) &&
         // Samples stay apart: both may stand in a model.
         !autoencoder(encoder(input<6, 6, 4>("x"), group_norm<2>("a"), flatten | layer_norm("b")),
                      bottleneck(dense<2>("code")), decoder(dense<144>("out"), to_shape<6, 6, 4>))
              .diagnostic;
}
static_assert(mistakes_are_found());

}  // namespace

TEST_CASE("normalization within a sample: parameters, and mistakes") {
  CHECK(parameters_are_right());
  CHECK(mistakes_are_found());
}
