// expect: a_stride_must_be_positive<.*layer<.*"up".*shape<-2, -2>.*shape<1, 1>
// A transposed convolution that would make the image smaller.
#include <isthmus/declare.hpp>
#include <isthmus/run/trainer.hpp>

using namespace isthmus;

struct Bad {
  static constexpr auto model =
      autoencoder(encoder(input<6, 6, 1>("image")), bottleneck(conv2d<2, 3>("code", stride(2))),
                  decoder(conv2d_transpose<1, 3>("up", stride(-2)) | sigmoid));
  static constexpr auto training = train(model, mean_squared_error, adam{});
};

isthmus::Trainer<Bad, 8> trainer{1};
