// expect: the_jacobian_has_more_rows_than_can_be_written<.*layer<.*"code".*shape<128>.*shape<64>
// The derivatives of more values than there may be.
#include <isthmus/declare.hpp>
#include <isthmus/run/trainer.hpp>

using namespace isthmus;

struct Bad {
  static constexpr auto model = autoencoder(encoder(input<784>("image")), bottleneck(dense<128>("code") | sigmoid),
                                            decoder(dense<784>("dec1") | sigmoid));
  static constexpr auto training = train(model, mean_squared_error + contraction("code"), adam{});
};

isthmus::Trainer<Bad, 8> trainer{1};
