// The denoising autoencoder of the Keras tutorial as it is trained there: `fit(noisy, clean)`, the noise being in
// a file. denoising.hpp draws it in the graph.
#pragma once

#include <isthmus/declare.hpp>

namespace graphs {

using namespace isthmus;

struct Paired {
  static constexpr const char* summary = "convolutional, trained on pairs of noisy and clean images";
  static constexpr auto model = graph([](Scope& g) {
    auto x = g.input<28, 28, 1>("noisy");
    g.target<28, 28, 1>("clean");
    auto h = relu(conv2d<32, 3>(x, "enc1")) | max_pool<2>;
    h = relu(conv2d<64, 3>(h, "enc2")) | max_pool<2>;
    auto code = bottleneck(relu(conv2d<128, 3>(h, "code")));
    h = relu(conv2d<128, 3>(code, "dec1")) | upsample<2>;
    h = relu(conv2d<64, 3>(h, "dec2")) | upsample<2>;
    return sigmoid(conv2d<1, 3>(h, "dec3", bias_from_data));
  });
  static constexpr auto training = train(model, mean_squared_error, adam{});
};

}  // namespace graphs
