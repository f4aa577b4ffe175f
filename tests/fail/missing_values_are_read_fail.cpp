// expect: missing_values_are_for_fill_missing_and_is_present_and_where_present<.*port<.*"image".*layer<.*"enc1"
// Missing values that a layer reads as if they were numbers.
#include <isthmus/declare.hpp>
#include <isthmus/run/trainer.hpp>

using namespace isthmus;

struct Bad {
  static constexpr auto model = autoencoder(encoder(input<64>("image", with_missing), dense<16>("enc1") | relu),
                                            bottleneck(dense<3>("code")), decoder(dense<64>("dec1") | sigmoid));
  static constexpr auto training = train(model, where_present(mean_squared_error), adam{});
};

isthmus::Trainer<Bad, 8> trainer{1};
