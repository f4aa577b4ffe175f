// A sequence is stored in an array whose size the types alone give: no word may write more nodes than it
// announces.
#include "declare/words.hpp"
#include "support/catch.hpp"

using namespace isthmus;
using namespace isthmus::testing;

namespace {

/// Also with a mistake: what is written then must not hide it behind another one.
template <class Layer>
constexpr bool keeps_to_its_capacity(Layer layer) {
  const int on_image = static_cast<int>(write<6, 6, 3>(layer).graph.nodes.size()) - 1;
  const int on_row = static_cast<int>(write<6>(layer).graph.nodes.size()) - 1;
  return on_image <= Layer::max_nodes && on_row <= Layer::max_nodes;
}
/// And announces no more than it needs at most: every model's arrays are as long.
template <int... Dims, class Layer>
constexpr bool needs_its_capacity(Layer layer) {
  return static_cast<int>(write<Dims...>(layer).graph.nodes.size()) - 1 == Layer::max_nodes;
}
template <class... Layer>
constexpr bool all_keep_to_it(Layer... layers) {
  return (keeps_to_its_capacity(layers) && ...);
}
constexpr bool every_word_keeps_to_it() {
  return all_keep_to_it(dense<4>("d"), dense<4>("d", no_bias), elu, relu, leaky_relu(0.1f), sigmoid, softplus,
                        linear, flatten, to_shape<108>, to_shape<6, 18>, to_shape<2, 3, 1>) &&
         all_keep_to_it(conv2d<4, 3>("c"), conv2d<4, 3>("c", valid, stride(2)), conv2d<4, 9>("c", valid),
                        conv2d<0, 3>("c", stride(0)), conv2d_transpose<4, 3>("c", stride(2)),
                        conv2d_transpose<1, 3>("c", no_bias), max_pool<2>, max_pool<7>, max_pool<3, 2>(same),
                        average_pool<2>, average_pool<0>, upsample<2>, upsample<0>, upsample<3>(bilinear)) &&
         all_keep_to_it(gaussian_noise(0.5f), gaussian_noise(0.5f, fixed), masking_noise(0.5f), masking_noise(2),
                        salt_and_pepper(0.5f), dropout(0.5f), clip(0, 1), batch_norm("n"), batch_norm("n", 2)) &&
         all_keep_to_it(layer_norm("n"), group_norm<1>("n"), group_norm<3>("n"), group_norm<4>("n"),
                        group_norm<0>("n"));
}
static_assert(every_word_keeps_to_it());

constexpr bool no_word_wastes_it() {
  return needs_its_capacity<6>(dense<4>("d")) && needs_its_capacity<6>(conv2d<4, 1>("c")) &&
         needs_its_capacity<6>(conv2d_transpose<4, 1>("c")) && needs_its_capacity<6>(conv1d<1, 3>("c")) &&
         needs_its_capacity<6>(conv1d_transpose<1, 3>("c")) && needs_its_capacity<6>(conv3d<4, 1>("c")) &&
         needs_its_capacity<6>(max_pool<1>) && needs_its_capacity<6>(average_pool<1>) &&
         needs_its_capacity<6>(upsample<1>) && needs_its_capacity<6, 2>(flatten) &&
         needs_its_capacity<6>(to_shape<2, 3>) && needs_its_capacity<6>(gaussian_noise(0.5f)) &&
         needs_its_capacity<6>(masking_noise(0.5f)) && needs_its_capacity<6>(salt_and_pepper(0.5f)) &&
         needs_its_capacity<6>(dropout(0.5f)) && needs_its_capacity<6>(clip(0, 1)) &&
         needs_its_capacity<6>(batch_norm("n")) && needs_its_capacity<6, 2, 3>(layer_norm("n")) &&
         needs_its_capacity<6>(group_norm<2>("n"));
}
static_assert(no_word_wastes_it());

}  // namespace

TEST_CASE("no word writes more nodes than it announces, even with a mistake") { CHECK(every_word_keeps_to_it()); }
TEST_CASE("no word announces more nodes than it writes at most") { CHECK(no_word_wastes_it()); }

TEST_CASE("a mistake in a sequence of many words is not hidden by the sequence's size") {
  constexpr auto model = autoencoder(
      encoder(input<6>("x"), conv2d<4, 3>("a") | max_pool<2>, max_pool<2>, average_pool<2>, upsample<2>),
      bottleneck(flatten, dense<2>("code")), decoder(dense<6>("out")));
  static_assert(model.diagnostic.mistake == Mistake::not_an_image);
  CHECK(model.diagnostic.mistake == Mistake::not_an_image);
}
