// The words for series and volumes: sizes, weights, and the way back to sizes that no stride divides.
#include "declare/words.hpp"
#include "support/catch.hpp"

using namespace isthmus;
using namespace isthmus::testing;

namespace {

constexpr bool sizes_are_right() {
  return shape_after<30, 4>(conv1d<8, 5>("c")) == shape_of(batch, 30, 8) &&
         shape_after<30, 4>(conv1d<8, 5>("c", stride(4))) == shape_of(batch, 8, 8) &&
         shape_after<30, 4>(conv1d<8, 5>("c", valid, dilation(3))) == shape_of(batch, 18, 8) &&
         shape_after<30, 4>(conv1d<8, 5>("c", causal, stride(2))) == shape_of(batch, 15, 8) &&
         shape_after<30, 4>(conv1d<8, 5>("c", padding(1))) == shape_of(batch, 28, 8) &&
         shape_after<30>(conv1d<8, 5>("c")) == shape_of(batch, 30, 8) &&
         shape_after<30>(conv1d<1, 5>("c")) == shape_of(batch, 30, 1) &&
         shape_after<30, 4>(conv1d_transpose<8, 5>("c", stride(2))) == shape_of(batch, 60, 8) &&
         shape_after<30, 4>(conv1d<8, 5>("c", groups(4))) == shape_of(batch, 30, 8) &&
         shape_after<31, 4>(max_pool<2>) == shape_of(batch, 15, 4) &&
         shape_after<31, 4>(average_pool<2>(same)) == shape_of(batch, 16, 4) &&
         shape_after<31, 4>(upsample<3>) == shape_of(batch, 93, 4) &&
         shape_after<31, 4>(group_norm<2>("n")) == shape_of(batch, 31, 4) &&
         shape_after<6, 7, 8, 2>(conv3d<5, 3>("c")) == shape_of(batch, 6, 7, 8, 5) &&
         shape_after<6, 7, 8, 2>(conv3d<5, 2, 3, 4>("c", valid)) == shape_of(batch, 5, 5, 5, 5) &&
         shape_after<6, 7, 8, 2>(conv3d<5, 3>("c", stride(1, 2, 3))) == shape_of(batch, 6, 4, 3, 5) &&
         shape_after<6, 7, 8, 2>(conv3d_transpose<5, 3>("c", stride(2))) == shape_of(batch, 12, 14, 16, 5) &&
         shape_after<6, 7, 8, 2>(max_pool<2>) == shape_of(batch, 3, 3, 4, 2) &&
         shape_after<6, 7, 8, 2>(upsample<2>(bilinear)) == shape_of(batch, 12, 14, 16, 2) &&
         shape_after<6, 7, 8, 2>(group_norm<1>("n")) == shape_of(batch, 6, 7, 8, 2) &&
         shape_after<6, 7, 8, 2>(flatten) == shape_of(batch, 672) &&
         shape_after<672>(to_shape<6, 7, 8, 2>) == shape_of(batch, 6, 7, 8, 2);
}
static_assert(sizes_are_right());

constexpr bool weights_are_right() {
  return write<30, 4>(conv1d<8, 5>("c")).parameter("weight").shape == shape_of(5, 4, 8) &&
         write<30>(conv1d<8, 5>("c")).parameter("weight").shape == shape_of(5, 1, 8) &&
         write<30, 4>(conv1d_transpose<8, 5>("c")).parameter("weight").shape == shape_of(5, 8, 4) &&
         write<6, 7, 8, 2>(conv3d<5, 2, 3, 4>("c")).parameter("weight").shape == shape_of(2, 3, 4, 2, 5) &&
         write<6, 7, 8, 2>(conv3d<5, 3>("c")).parameter("bias").shape == shape_of(5) &&
         write<30, 4>(conv1d<8, 5>("c", groups(2))).parameter("weight").shape == shape_of(5, 2, 8) &&
         write<30, 4>(conv1d_transpose<8, 5>("c", groups(2))).parameter("weight").shape == shape_of(5, 4, 4) &&
         write<6, 7, 8, 4>(conv3d<4, 3>("c", groups(4))).parameter("weight").shape == shape_of(3, 3, 3, 1, 4);
}
static_assert(weights_are_right());

/// What a stride or a pool has made smaller comes back as it went in.
constexpr bool sizes_come_back() {
  const auto series = conv1d<3, 3>("down", stride(2)) | conv1d_transpose<1, 3>("up", stride(2), like("x"));
  const auto image = conv2d<3, 3>("down", stride(2)) | conv2d_transpose<1, 3>("up", stride(2), like("x"));
  const auto pooled = max_pool<2> | conv2d<1, 3>("c") | upsample<2>(like("x"));
  const auto volume =
      conv3d<3, 3>("down", stride(2)) | conv3d_transpose<2, 3>("up", stride(2), output_size(5, 6, 7));
  return shape_after<25, 1>(series) == shape_of(batch, 25, 1) &&
         shape_after<24, 1>(series) == shape_of(batch, 24, 1) &&
         shape_after<25, 25, 1>(image) == shape_of(batch, 25, 25, 1) &&
         shape_after<73, 144, 1>(image) == shape_of(batch, 73, 144, 1) &&
         shape_after<17, 23, 1>(image) == shape_of(batch, 17, 23, 1) &&
         shape_after<17, 23, 1>(pooled) == shape_of(batch, 17, 23, 1) &&
         shape_after<5, 6, 7, 2>(volume) == shape_of(batch, 5, 6, 7, 2);
}
static_assert(sizes_come_back());

/// No result of a causal window sees what comes after it.
constexpr bool causal_windows_look_back() {
  const Window::Dimension x = write<30, 4>(conv1d<8, 3>("c", causal, dilation(4))).only(Op::conv2d).window.x();
  return x.size == 3 && x.dilation == 4 && x.pad == x.reach() - 1;
}
static_assert(causal_windows_look_back());

}  // namespace

TEST_CASE("sizes after each word for series and volumes") { CHECK(sizes_are_right()); }
TEST_CASE("weights of series' and volumes' convolutions") { CHECK(weights_are_right()); }
TEST_CASE("sizes that no stride divides come back as they went in") { CHECK(sizes_come_back()); }
TEST_CASE("causal windows see nothing that comes after") { CHECK(causal_windows_look_back()); }

TEST_CASE("padding by a number is PyTorch's") {
  for (int size = 5; size <= 12; ++size)
    for (int window = 1; window <= 4; ++window)
      for (int step = 1; step <= 3; ++step)
        for (int pad = 0; pad <= 2; ++pad)
          for (int apart = 1; apart <= 2; ++apart) {
            if (apart * (window - 1) + 1 > size + 2 * pad) continue;
            CAPTURE(size, window, step, pad, apart);
            declare::WindowOptions options;
            options.apply(stride(step));
            options.apply(padding(pad));
            options.apply(dilation(apart));
            const declare::Fitted fitted = declare::fit(shape_of(batch, size, 2), 1, {1, 1, window}, options);
            REQUIRE_FALSE(fitted.wrong);
            CHECK(fitted.places == shape_of((size + 2 * pad - apart * (window - 1) - 1) / step + 1));
            CHECK(fitted.window.x() == Window::Dimension{window, step, pad, apart});
          }
}
