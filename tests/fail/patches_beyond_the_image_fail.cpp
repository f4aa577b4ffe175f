// expect: patches_must_cover_an_image_exactly<.*shape<28, 28, 1>.*shape<5, 5>
#include <isthmus/declare.hpp>
#include <isthmus/run/trainer.hpp>

using namespace isthmus;

struct Bad {
  static constexpr auto model =
      autoencoder(encoder(input<28, 28, 1>("image"), patches<5>, flatten), bottleneck(dense<4>("code")),
                  decoder(dense<784>("out"), to_shape<28, 28, 1>));
  static constexpr auto training = train(model, mean_squared_error, adam{});
};

isthmus::Trainer<Bad, 8> trainer{1};
