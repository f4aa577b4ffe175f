// Mistakes in models of images: the first one is reported, with its layer and its shapes.
#include "declare/words.hpp"
#include "support/catch.hpp"

using namespace isthmus;
using namespace isthmus::testing;

namespace {

constexpr Shape one = shape_of(batch, 1), ones = shape_of(batch, 1, 1);

/// The mistake of a layer applied to what has these extents.
template <int... Dims, class Layer>
constexpr bool is_wrong(Layer layer, Mistake mistake, const char* where, Shape first, Shape second) {
  return is(write<Dims...>(layer).diagnostic, mistake, where, first, second);
}

constexpr bool rows_are_no_images() {
  const auto row = [](auto layer, const char* where) {
    return is_wrong<12>(layer, Mistake::not_an_image, where, shape_of(batch, 12), shape_of(batch, 1, 1, 12));
  };
  // An image without its channels: what was meant is one. Pools and upsampling take it as a series.
  const auto without_channels = [](auto layer) {
    return is_wrong<3, 4>(layer, Mistake::not_an_image, "c", shape_of(batch, 3, 4), shape_of(batch, 3, 4, 1));
  };
  return row(conv2d<2, 1>("c"), "c") && row(conv2d_transpose<2, 1>("c"), "c") && row(max_pool<1>, "x") &&
         row(average_pool<1>, "x") && row(upsample<2>, "x") && without_channels(conv2d<2, 1>("c")) &&
         without_channels(conv2d_transpose<2, 1>("c"));
}
static_assert(rows_are_no_images());

constexpr bool dimensions_are_those_of_the_word() {
  return is_wrong<3, 4, 2>(conv1d<2, 1>("c"), Mistake::not_a_series, "c", shape_of(batch, 3, 4, 2),
                           shape_of(batch, 1, 2)) &&
         is_wrong<3, 4, 2>(conv3d<2, 1>("c"), Mistake::not_a_volume, "c", shape_of(batch, 3, 4, 2),
                           shape_of(batch, 3, 4, 2, 1)) &&
         is_wrong<3, 4, 5, 2>(conv2d_transpose<2, 1>("c"), Mistake::not_an_image, "c", shape_of(batch, 3, 4, 5, 2),
                              shape_of(batch, 1, 1, 2)) &&
         !write<12>(conv1d<2, 3>("c")).diagnostic;
}
static_assert(dimensions_are_those_of_the_word());

constexpr bool asked_sizes_are_reached() {
  constexpr Mistake wrong = Mistake::size_not_reached;
  constexpr Shape small = shape_of(batch, 4, 4, 2);
  return is_wrong<4, 4, 2>(conv2d_transpose<3, 3>("c", stride(2), output_size(9, 8)), wrong, "c", small,
                           shape_of(batch, 9, 8, 3)) &&
         is_wrong<4, 4, 2>(upsample<2>(output_size(6, 8)), wrong, "x", small, shape_of(batch, 6, 8, 2)) &&
         is_wrong<4, 4, 2>(upsample<2>(output_size(8, 10)), wrong, "x", small, shape_of(batch, 8, 10, 2)) &&
         !write<4, 4, 2>(conv2d_transpose<3, 3>("c", stride(2), output_size(7, 8))).diagnostic &&
         !write<4, 4, 2>(upsample<2>(output_size(7, 9))).diagnostic &&
         is_wrong<4, 4, 2>(upsample<2>(like("nobody")), Mistake::unknown_name, "nobody", {}, {});
}
static_assert(asked_sizes_are_reached());

constexpr bool images_are_no_rows() {
  constexpr Mistake wrong = Mistake::not_a_row;
  return is_wrong<3, 4, 2>(dense<5>("d"), wrong, "d", shape_of(batch, 3, 4, 2), shape_of(batch, 24)) &&
         is_wrong<3, 4>(dense<5>("d"), wrong, "d", shape_of(batch, 3, 4), shape_of(batch, 12)) &&
         !write<3, 4, 2>(flatten | dense<5>("d")).diagnostic;
}
static_assert(images_are_no_rows());

constexpr bool windows_fit() {
  constexpr Shape image = shape_of(batch, 3, 5, 1);
  constexpr Mistake larger = Mistake::window_larger_than_image;
  return is_wrong<3, 5, 1>(conv2d<2, 4>("c", valid), larger, "c", image, shape_of(batch, 4, 4)) &&
         is_wrong<3, 5, 1>(conv2d<2, 1, 6>("c", valid), larger, "c", image, shape_of(batch, 1, 6)) &&
         is_wrong<3, 5, 1>(max_pool<4>, larger, "x", image, shape_of(batch, 4, 4)) &&
         is_wrong<3, 5, 1>(average_pool<4, 1>, larger, "x", image, shape_of(batch, 4, 4)) &&
         !write<3, 5, 1>(conv2d<2, 4>("c")).diagnostic && !write<3, 5, 1>(max_pool<4>(same)).diagnostic &&
         !write<3, 5, 1>(conv2d_transpose<2, 7>("c", valid)).diagnostic;
}
static_assert(windows_fit());

constexpr bool sizes_are_positive() {
  constexpr Mistake wrong = Mistake::size_not_positive;
  return is_wrong<6, 6, 1>(conv2d<0, 3>("c"), wrong, "c", shape_of(batch, 0), one) &&
         is_wrong<6, 6, 1>(conv2d<-1, 3>("c"), wrong, "c", shape_of(batch, -1), one) &&
         is_wrong<6, 6, 1>(conv2d_transpose<0, 3>("c"), wrong, "c", shape_of(batch, 0), one) &&
         is_wrong<6, 6, 1>(conv2d<2, 0>("c"), wrong, "c", shape_of(batch, 0, 0), ones) &&
         is_wrong<6, 6, 1>(conv2d<2, 3, -1>("c"), wrong, "c", shape_of(batch, 3, -1), ones) &&
         is_wrong<6, 6, 1>(conv2d_transpose<2, -1, 3>("c", valid), wrong, "c", shape_of(batch, -1, 3), ones) &&
         is_wrong<6, 6, 1>(max_pool<0>, wrong, "x", shape_of(batch, 0, 0), ones) &&
         is_wrong<6, 6, 1>(average_pool<-2>, wrong, "x", shape_of(batch, -2, -2), ones) &&
         is_wrong<6, 6, 1>(upsample<0>, wrong, "x", shape_of(batch, 0), one) &&
         is_wrong<6, 6, 1>(upsample<-1>(bilinear), wrong, "x", shape_of(batch, -1), one) &&
         // The number of values would be right.
         is_wrong<6>(to_shape<-2, -3>, wrong, "x", shape_of(batch, -2, -3), ones) &&
         is_wrong<0, 3, 1>(linear, wrong, "x", shape_of(batch, 0, 3, 1), shape_of(batch, 1, 1, 1));
}
static_assert(sizes_are_positive());

constexpr bool strides_are_positive() {
  constexpr Mistake wrong = Mistake::stride_not_positive;
  return is_wrong<6, 6, 1>(conv2d<2, 3>("c", stride(-1)), wrong, "c", shape_of(batch, -1, -1), ones) &&
         is_wrong<6, 6, 1>(conv2d<2, 3>("c", stride(2, 0)), wrong, "c", shape_of(batch, 2, 0), ones) &&
         is_wrong<6, 6, 1>(conv2d_transpose<2, 3>("c", stride(0)), wrong, "c", shape_of(batch, 0, 0), ones) &&
         is_wrong<6, 6, 1>(conv2d_transpose<2, 3>("c", valid, stride(-2)), wrong, "c", shape_of(batch, -2, -2),
                           ones) &&
         is_wrong<6, 6, 1>(max_pool<2, 0>, wrong, "x", shape_of(batch, 0, 0), ones) &&
         is_wrong<6, 6, 1>(average_pool<2, -1>(same), wrong, "x", shape_of(batch, -1, -1), ones);
}
static_assert(strides_are_positive());

constexpr bool reshapes_keep_values() {
  constexpr Mistake wrong = Mistake::sizes_of_a_reshape_differ;
  return is_wrong<10>(dense<10>("d") | to_shape<7, 7, 128>, wrong, "d", shape_of(batch, 10),
                      shape_of(batch, 7, 7, 128)) &&
         is_wrong<3, 4, 2>(to_shape<23>, wrong, "x", shape_of(batch, 3, 4, 2), shape_of(batch, 23));
}
static_assert(reshapes_keep_values());

constexpr bool kernels_have_room() {
  constexpr Mistake wrong = Mistake::convolution_too_large;
  return is_wrong<40, 40, 1>(conv2d<2, 65>("c"), wrong, "c", shape_of(batch, 40, 40, 1),
                             shape_of(batch, 1, 65, 65)) &&
         !write<40, 40, 1>(conv2d<2, 64>("c")).diagnostic && !write<4, 4, 8000>(conv2d<2, 65>("c")).diagnostic &&
         is_wrong<40, 40, 2>(conv2d_transpose<1, 65>("c"), wrong, "c", shape_of(batch, 40, 40, 1),
                             shape_of(batch, 1, 65, 65)) &&
         is_wrong<40>(conv1d<2, 3>("c", dilation(30'001)), wrong, "c", shape_of(batch, 40, 1),
                      shape_of(batch, 1, 1, 3));
}
static_assert(kernels_have_room());

/// By hand: the words make weights that fit.
constexpr bool channels_agree() {
  Scope g;
  const Tensor x = g.input<8, 8, 3>("x");
  g.begin_layer("c", "by hand");
  g.conv2d(x, g.parameter("weight", shape_of(3, 3, 4, 5)), Window{3, 3, 1, 1, 1, 1, 1}, shape_of(8, 8));
  return is(g.diagnostic(), Mistake::channels_differ, "c", shape_of(batch, 8, 8, 3), shape_of(3, 3, 4, 5));
}
static_assert(channels_agree());

constexpr bool sums_of_images_agree() {
  const auto sum = [](Tensor x) { return x + max_pool<2>(conv2d<3, 3>(x, "c")); };
  // One channel is repeated for no others: kernels do not.
  const auto gray = [](Tensor x) { return x * conv2d<1, 3>(x, "c"); };
  const auto fits = [](Tensor x) { return x + conv2d<3, 3>(x, "c"); };
  return is_wrong<8, 8, 3>(sum, Mistake::shapes_differ, "c", shape_of(batch, 8, 8, 3), shape_of(batch, 4, 4, 3)) &&
         is_wrong<8, 8, 3>(gray, Mistake::shapes_differ, "c", shape_of(batch, 8, 8, 3),
                           shape_of(batch, 8, 8, 1)) &&
         !write<8, 8, 3>(fits).diagnostic;
}
static_assert(sums_of_images_agree());

/// The shapes are what both layers give, the second one's before its activation or pooling.
constexpr bool names_are_unique() {
  constexpr Mistake twice = Mistake::duplicate_name;
  return is_wrong<8, 6, 1>(conv2d<3, 3>("c") | conv2d<5, 3>("c", stride(2)), twice, "c", shape_of(batch, 8, 6, 3),
                           shape_of(batch, 4, 3, 5)) &&
         is_wrong<8, 6, 1>(conv2d<3, 3>("c") | max_pool<2> | conv2d_transpose<5, 3>("c", stride(2)), twice, "c",
                           shape_of(batch, 4, 3, 3), shape_of(batch, 8, 6, 5));
}
static_assert(names_are_unique());

/// Of two mistakes the first one counts, and the rest of the model is still written.
constexpr bool goes_on_after_mistakes() {
  const auto layers = conv2d<0, 3>("a") | max_pool<9> | conv2d<2, 3>("b", stride(0)) | flatten | dense<0>("c") |
                      to_shape<2, 2, 2> | upsample<0>;
  return is_wrong<6, 6, 1>(layers, Mistake::size_not_positive, "a", shape_of(batch, 0), one);
}
static_assert(goes_on_after_mistakes());

}  // namespace

TEST_CASE("a row of values is no image") { CHECK(rows_are_no_images()); }
TEST_CASE("a convolution takes what has its dimensions") { CHECK(dimensions_are_those_of_the_word()); }
TEST_CASE("a size that is asked for is one that can be reached") { CHECK(asked_sizes_are_reached()); }
TEST_CASE("a dense layer takes no image") { CHECK(images_are_no_rows()); }
TEST_CASE("without padding a window must fit into the image") { CHECK(windows_fit()); }
TEST_CASE("channels, windows and factors are positive") { CHECK(sizes_are_positive()); }
TEST_CASE("strides are positive") { CHECK(strides_are_positive()); }
TEST_CASE("a reshape keeps the number of values") { CHECK(reshapes_keep_values()); }
TEST_CASE("a convolution fits into its kernels' working memory") { CHECK(kernels_have_room()); }
TEST_CASE("weights by hand have the image's channels") { CHECK(channels_agree()); }
TEST_CASE("a sum of images has equal shapes") { CHECK(sums_of_images_agree()); }
TEST_CASE("two convolutions of one name are reported with their results' shapes") { CHECK(names_are_unique()); }
TEST_CASE("a model is written to its end after a mistake") { CHECK(goes_on_after_mistakes()); }
