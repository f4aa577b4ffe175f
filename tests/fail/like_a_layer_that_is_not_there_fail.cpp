// expect: no_layer_has_this_name<.*layer<.*"enc2"
// A name that no layer before this one has.
#include <isthmus/declare.hpp>
#include <isthmus/run/trainer.hpp>

using namespace isthmus;

struct Bad {
  static constexpr auto model = autoencoder(
      encoder(input<25, 1>("series"), conv1d<4, 3>("enc1", stride(2)) | relu), bottleneck(conv1d<4, 3>("code")),
      decoder(conv1d_transpose<1, 3>("up", stride(2), like("enc2"))));
  static constexpr auto training = train(model, mean_squared_error, adam{});
};

isthmus::Trainer<Bad, 8> trainer{1};
