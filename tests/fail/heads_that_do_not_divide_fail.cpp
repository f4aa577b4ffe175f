// expect: heads_must_divide_the_width_of_a_sequence<.*layer<.*"mix".*shape<6, 16>.*shape<3>
#include <isthmus/declare.hpp>
#include <isthmus/run/trainer.hpp>

using namespace isthmus;

struct Bad {
  static constexpr auto model =
      autoencoder(encoder(input<6, 16>("steps"), attention<3>("mix"), flatten), bottleneck(dense<4>("code")),
                  decoder(dense<96>("out"), to_shape<6, 16>));
  static constexpr auto training = train(model, mean_squared_error, adam{});
};

isthmus::Trainer<Bad, 8> trainer{1};
