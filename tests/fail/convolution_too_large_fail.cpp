// expect: a_convolution_sees_more_than_its_kernels_can_gather<.*layer<.*"conv1".*shape<40, 40, 3>.*shape<31, 31,
// 3, 8> A window of 961 pixels; kernels gather 900.
#include <isthmus/declare.hpp>
#include <isthmus/run/trainer.hpp>

using namespace isthmus;

struct Bad {
  static constexpr auto model =
      autoencoder(encoder(input<40, 40, 3>("image"), conv2d<8, 31>("conv1") | relu | max_pool<2>),
                  bottleneck(conv2d<2, 3>("code")), decoder(upsample<2>, conv2d<3, 3>("dec1") | sigmoid));
  static constexpr auto training = train(model, mean_squared_error, adam{});
};

isthmus::Trainer<Bad, 8> trainer{1};
