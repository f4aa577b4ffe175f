// expect: the_window_is_larger_than_the_image<.*layer<.*"conv2".*shape<4, 6, 8>.*shape<5, 5>
// Without padding there is no place for a window of five in four rows.
#include <isthmus/declare.hpp>
#include <isthmus/run/trainer.hpp>

using namespace isthmus;

struct Bad {
  static constexpr auto model = autoencoder(
      encoder(input<8, 12, 1>("image"), conv2d<8, 3>("conv1") | relu | max_pool<2>, conv2d<8, 5>("conv2", valid)),
      bottleneck(flatten, dense<10>("code")), decoder(dense<96>("dec1") | sigmoid, to_shape<8, 12, 1>));
  static constexpr auto training = train(model, mean_squared_error, adam{});
};

isthmus::Trainer<Bad, 8> trainer{1};
