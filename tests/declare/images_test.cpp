// The words for images: shapes, windows, parameters and names.
#include "declare/words.hpp"
#include "support/catch.hpp"

#include <algorithm>
#include <string>

using namespace isthmus;
using namespace isthmus::testing;

namespace {

// Rows and columns as TensorFlow has them: https://www.tensorflow.org/api_docs/python/tf/nn, "Notes on padding".
constexpr bool shapes_are_right() {
  return shape_after<28, 28, 1>(conv2d<32, 3>("c")) == shape_of(batch, 28, 28, 32) &&
         shape_after<28, 28, 1>(conv2d<32, 3>("c", valid)) == shape_of(batch, 26, 26, 32) &&
         shape_after<28, 28, 1>(conv2d<32, 3>("c", stride(2))) == shape_of(batch, 14, 14, 32) &&
         shape_after<7, 10, 3>(conv2d<5, 3>("c", stride(2))) == shape_of(batch, 4, 5, 5) &&
         shape_after<7, 10, 3>(conv2d<5, 3>("c", stride(2), valid)) == shape_of(batch, 3, 4, 5) &&
         shape_after<9, 11, 3>(conv2d<5, 3, 4>("c", stride(2, 3), valid)) == shape_of(batch, 4, 3, 5) &&
         shape_after<3, 4, 2>(conv2d<1, 3, 4>("c", valid)) == shape_of(batch, 1, 1, 1) &&
         shape_after<2, 2, 2>(conv2d<6, 5>("c")) == shape_of(batch, 2, 2, 6) &&
         // Transposed, as Keras has them.
         shape_after<7, 5, 8>(conv2d_transpose<4, 3>("c")) == shape_of(batch, 7, 5, 4) &&
         shape_after<7, 5, 8>(conv2d_transpose<4, 3>("c", stride(2))) == shape_of(batch, 14, 10, 4) &&
         shape_after<7, 5, 8>(conv2d_transpose<4, 3, 2>("c", valid)) == shape_of(batch, 9, 6, 4) &&
         shape_after<7, 5, 8>(conv2d_transpose<4, 3>("c", valid, stride(2, 3))) == shape_of(batch, 15, 15, 4) &&
         shape_after<7, 5, 8>(conv2d_transpose<4, 1>("c", valid, stride(2))) == shape_of(batch, 14, 10, 4) &&
         // Pooling is `valid` unless told otherwise.
         shape_after<28, 27, 3>(max_pool<2>) == shape_of(batch, 14, 13, 3) &&
         shape_after<28, 27, 3>(max_pool<2>(same)) == shape_of(batch, 14, 14, 3) &&
         shape_after<28, 27, 3>(max_pool<3, 2>) == shape_of(batch, 13, 13, 3) &&
         shape_after<28, 27, 3>(average_pool<3>) == shape_of(batch, 9, 9, 3) &&
         shape_after<28, 27, 3>(average_pool<3, 1>(same)) == shape_of(batch, 28, 27, 3) &&
         shape_after<7, 5, 8>(upsample<2>) == shape_of(batch, 14, 10, 8) &&
         shape_after<7, 5, 8>(upsample<3>(bilinear)) == shape_of(batch, 21, 15, 8) &&
         shape_after<7, 5, 8>(flatten) == shape_of(batch, 280) &&
         shape_after<280>(to_shape<7, 5, 8>) == shape_of(batch, 7, 5, 8) &&
         shape_after<7, 5, 8>(to_shape<35, 8>) == shape_of(batch, 35, 8);
}
static_assert(shapes_are_right());

/// Rows above the image, and columns to its left.
template <int Height, int Width, class Layer>
constexpr bool pads(Layer layer, int above, int left) {
  const Written written = write<Height, Width, 1>(layer);
  for (const Node& node : written.graph.nodes)
    if (node.window.taps() > 1) return node.window.y().pad == above && node.window.x().pad == left;
  return false;
}
constexpr bool padding_is_right() {
  return pads<28, 28>(conv2d<2, 3>("c"), 1, 1) && pads<28, 28>(conv2d<2, 3>("c", valid), 0, 0) &&
         pads<28, 27>(conv2d<2, 3>("c", stride(2)), 0, 1) &&  // an odd row is missing: it comes after
         pads<8, 8>(conv2d<2, 4, 5>("c"), 1, 2) && pads<8, 8>(conv2d<2, 2>("c", stride(3)), 0, 0) &&
         pads<9, 8>(max_pool<2>(same), 0, 0) && pads<9, 8>(average_pool<5, 2>(same), 2, 1) &&
         // Of the result, which is the larger image: 14 rows, of which windows of three see 15.
         pads<7, 7>(conv2d_transpose<2, 3>("c", stride(2)), 0, 0) &&
         pads<7, 7>(conv2d_transpose<2, 5>("c", stride(2)), 1, 1) && pads<7, 7>(conv2d_transpose<2, 3>("c"), 1, 1);
}
static_assert(padding_is_right());

constexpr auto every_option = [](auto word) {
  return word("c", valid, he_uniform, stride(2, 1), bias_constant(3));
};

constexpr bool parameters_are_right() {
  const Written c = write<9, 11, 3>(every_option(conv2d<8, 3, 5>));
  const Written t = write<9, 11, 3>(every_option(conv2d_transpose<8, 3, 5>));
  const Window window{3, 5, 2, 1, 0, 0, 1};
  for (const Written* w : {&c, &t}) {
    if (w->diagnostic || w->graph.nodes.size() != 5 || w->count(Op::parameter) != 2) return false;
    if (!starts(w->parameter("weight"), Initializer::he_uniform) || !w->parameter("weight").trained) return false;
    if (!starts(w->parameter("bias"), Initializer::constant, 3) || !w->parameter("bias").trained) return false;
    if (w->parameter("bias").shape != shape_of(8) || w->node().function != &ops::add) return false;
    for (const Node& node : w->graph.nodes)
      if (!same_text(node.label.layer, node.op == Op::input ? "x" : "c")) return false;
  }
  return c.parameter("weight").shape == shape_of(3, 5, 3, 8) &&
         t.parameter("weight").shape == shape_of(3, 5, 8, 3) && c.only(Op::conv2d).window == window &&
         t.only(Op::conv2d_transpose).window == window;
}
static_assert(parameters_are_right());

constexpr bool defaults_are_right() {
  const Written c = write<9, 11, 3>(conv2d<8, 3>("c"));
  const Written t = write<9, 11, 3>(conv2d_transpose<8, 3>("c"));
  for (const Written* w : {&c, &t})
    if (!starts(w->parameter("weight"), Initializer::glorot_uniform) ||
        !starts(w->parameter("bias"), Initializer::zeros))
      return false;
  return c.only(Op::conv2d).window == Window{3, 3, 1, 1, 1, 1, 1};
}
static_assert(defaults_are_right());

template <class Layer>
constexpr bool has_no_bias(Layer layer) {
  const Written written = write<9, 11, 3>(layer);
  return !written.diagnostic && written.count(Op::parameter) == 1 && written.count(Op::elementwise) == 0;
}
static_assert(has_no_bias(conv2d<8, 3>("c", no_bias)) && has_no_bias(conv2d_transpose<8, 3>("c", same, no_bias)));
template <class Layer>
constexpr bool starts_so(Layer layer, const char* part, const Initializer& initializer, float value = 0) {
  return starts(write<9, 9, 1>(layer).parameter(part), initializer, value);
}
static_assert(starts_so(conv2d<1, 3>("c", bias_from_data), "bias", Initializer::data_logit));
static_assert(starts_so(conv2d_transpose<1, 3>("c", bias_from_data), "bias", Initializer::data_logit));
static_assert(starts_so(flatten | dense<9>("d", bias_from_data), "bias", Initializer::data_logit));
static_assert(starts_so(conv2d<1, 3>("c", constant(2)), "weight", Initializer::constant, 2));
static_assert(starts_so(conv2d<1, 3>("c", zeros), "weight", Initializer::zeros));

// In any order.
static_assert(same_graph(write<9, 9, 1>(conv2d<2, 3>("c", stride(2), no_bias, valid, he_uniform)).graph,
                         write<9, 9, 1>(conv2d<2, 3>("c", he_uniform, valid, no_bias, stride(2))).graph));

constexpr bool notations_agree() {
  return same_in_all_notations<9, 9, 2>(conv2d<4, 3>("c", valid),
                                        [](Tensor x) { return conv2d<4, 3>(x, "c", valid); }) &&
         same_in_all_notations<9, 9, 2>(conv2d_transpose<4, 3>("c", stride(2)),
                                        [](Tensor x) { return conv2d_transpose<4, 3>(x, "c", stride(2)); }) &&
         same_in_all_notations<9, 9, 2>(max_pool<3, 2>(same), [](Tensor x) { return max_pool<3, 2>(same)(x); }) &&
         same_in_all_notations<9, 9, 2>(max_pool<2>, [](Tensor x) { return max_pool<2>(x); }) &&
         same_in_all_notations<9, 9, 2>(average_pool<2>, [](Tensor x) { return average_pool<2>(x); }) &&
         same_in_all_notations<9, 9, 2>(upsample<2>, [](Tensor x) { return upsample<2>(nearest)(x); }) &&
         same_in_all_notations<9, 9, 2>(flatten, [](Tensor x) { return flatten(x); }) &&
         same_in_all_notations<9, 9, 2>(to_shape<162>, [](Tensor x) { return flatten(x); });
}
static_assert(notations_agree());

constexpr bool maps_are_right() {
  const Written mean = write<8, 8, 3>(average_pool<2>), up = write<8, 8, 3>(upsample<4>),
                smooth = write<8, 8, 3>(upsample<2>(bilinear)), most = write<8, 8, 3>(max_pool<3, 2>);
  const auto map = [](const Written& w) { return w.only(Op::resample).attribute.as<Resampling>(); };
  return map(mean) == Resampling::window_mean && mean.node().window == Window{2, 2, 2, 2, 0, 0, 1} &&
         map(up) == Resampling::nearest && up.node().window == Window{1, 1, 1, 1, 0, 0, 4} &&
         map(smooth) == Resampling::bilinear && smooth.node().window.upsample() == 2 && !mean.node().transpose_a &&
         !up.node().transpose_a && most.node().op == Op::max_pool &&
         most.node().window == Window{3, 3, 2, 2, 0, 0, 1};
}
static_assert(maps_are_right());

// A tensor that already has the shape is not written again.
static_assert(write<9>(flatten).graph.nodes.size() == 1 && write<3, 4>(to_shape<3, 4>).graph.nodes.size() == 1);

}  // namespace

TEST_CASE("sizes after each word for images") { CHECK(shapes_are_right()); }

TEST_CASE("of what is missing around an image, the odd row or column comes after") { CHECK(padding_is_right()); }

TEST_CASE("padding is TensorFlow's for every size, window and stride") {
  for (int size = 1; size <= 20; ++size)
    for (int window = 1; window <= 7; ++window)
      for (int step = 1; step <= 5; ++step) {
        CAPTURE(size, window, step);
        const auto found = declare::extent_of(size, window, step, same);
        const int missing = std::max(0, window - (size % step == 0 ? step : size % step));
        CHECK(found.results == size / step + (size % step == 0 ? 0 : 1));
        CHECK(found.pad == missing / 2);
        if (window > size) continue;
        // Results as long as a whole window fits.
        int fitting = 0;
        while (fitting * step + window <= size) ++fitting;
        const auto inside = declare::extent_of(size, window, step, valid);
        CHECK(inside.results == fitting);
        CHECK(inside.pad == 0);
      }
}

TEST_CASE("a transposed convolution gives an image that the convolution makes its operand of") {
  for (const Padding padding : {same, valid})
    for (int step = 1; step <= 3; ++step) {
      CAPTURE(step);
      declare::ConvolutionOptions options;
      options.window.apply(padding);
      options.window.apply(stride(step));
      const Written up = write<5, 6, 2>(declare::TransposedConvolution<2, 3, 1, 2, 4>("c", options));
      REQUIRE_FALSE(up.diagnostic);
      Scope g;
      const Tensor image = static_cast<Builder&>(g).input("x", up.node().shape);
      const Tensor down = declare::Convolution<2, 2, 1, 2, 4>("c", options)(image);
      CHECK(down.shape() == shape_of(batch, 5, 6, 2));
    }
}

TEST_CASE("parameters of convolutions: names, shapes, starts") {
  CHECK(parameters_are_right());
  CHECK(defaults_are_right());
  CHECK(has_no_bias(conv2d<8, 3>("c", no_bias)));
  CHECK(starts_so(conv2d<1, 3>("c", bias_from_data), "bias", Initializer::data_logit));
}

TEST_CASE("every word for images is the same in all notations") { CHECK(notations_agree()); }

TEST_CASE("pooling and upsampling write one node that says how") { CHECK(maps_are_right()); }

TEST_CASE("convolutions without a name are numbered with the other layers") {
  Scope g;
  const Tensor x = g.input<8, 8, 1>("x");
  const Tensor a = conv2d<2, 3>(x), b = dense<5>(flatten(a)), c = conv2d_transpose<2, 3>(a);
  CHECK(std::string(a.node().label.layer) == "layer00");
  CHECK(std::string(b.node().label.layer) == "layer01");
  CHECK(std::string(c.node().label.layer) == "layer02");
  CHECK_FALSE(g.diagnostic());
}

TEST_CASE("words without a name belong to the layer before them") {
  Scope g;
  const Tensor x = g.input<8, 8, 1>("x");
  CHECK(std::string(max_pool<2>(x).node().label.layer) == "x");
  const Tensor h = conv2d<2, 3>(x, "h");
  for (const Tensor& y : {max_pool<2>(h), average_pool<2>(h), upsample<2>(h), flatten(h), to_shape<64, 2>(h)})
    CHECK(std::string(y.node().label.layer) == "h");
}
