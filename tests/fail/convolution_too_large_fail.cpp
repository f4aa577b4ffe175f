// expect: a_convolution_sees_more_than_its_kernels_can_gather<.*layer<.*"conv1".*shape<70, 70, 1>.*shape<1, 65,
// 65>
// A window of 4225 pixels over one channel; kernels gather 4096.
#include <isthmus/declare.hpp>
#include <isthmus/run/trainer.hpp>

using namespace isthmus;

struct Bad {
  static constexpr auto model =
      autoencoder(encoder(input<70, 70, 1>("image"), conv2d<8, 65>("conv1") | relu | max_pool<2>),
                  bottleneck(conv2d<2, 3>("code")), decoder(upsample<2>, conv2d<1, 3>("dec1") | sigmoid));
  static constexpr auto training = train(model, mean_squared_error, adam{});
};

isthmus::Trainer<Bad, 8> trainer{1};
