// Models of images, small enough for the reference, with everything that a model of images may have.
#pragma once

#include <isthmus/declare.hpp>
#include <isthmus/plan/rewrites.hpp>

namespace isthmus::testing {

/// Corruption, batch norms, dropout, pooling; convolutions that are direct, Winograd's, subpixel and narrow.
struct Everything {
  static constexpr auto model = autoencoder(
      encoder(input<8, 6, 2>("image"), gaussian_noise(0.1f) | clip(-1, 1),
              conv2d<17, 3>("enc1", no_bias) | batch_norm("bn1", 0.9f) | relu | max_pool<2>,
              conv2d<16, 3>("enc2") | leaky_relu(0.1f) | dropout(0.25f)),
      bottleneck(conv2d<3, 1>("code") | tanh),
      decoder(upsample<2>, conv2d<5, 3>("dec1") | elu, average_pool<2>,
              conv2d_transpose<4, 3>("dec2", stride(2)) | tanh, conv2d<1, 3, 5>("dec3") | softplus, flatten,
              dense<9>("dense") | batch_norm("bn2", 0.5f) | tanh, dense<96>("out"), to_shape<8, 6, 2>));
  static constexpr auto training = train(model, mean_squared_error, sgd{.learning_rate = 0.1f, .momentum = 0.9f});
};

/// One channel in and out, 3 × 3 everywhere: the shapes of the models of digits.
struct Digits {
  static constexpr auto model =
      autoencoder(encoder(input<8, 8, 1>("image"), masking_noise(0.3f), conv2d<16, 3>("enc1") | relu | max_pool<2>,
                          conv2d<17, 3>("enc2") | relu | max_pool<2>),
                  bottleneck(conv2d<3, 3>("code") | relu),
                  decoder(conv2d<16, 3>("dec1") | relu | upsample<2>, conv2d<16, 3>("dec2") | relu | upsample<2>,
                          conv2d<1, 3>("dec3", bias_from_data) | sigmoid));
  static constexpr auto training = train(model, binary_cross_entropy, sgd{.learning_rate = 0.1f});
};

/// Planned without any rewrite.
template <class M>
struct AsWritten {
  static constexpr auto model = M::model;
  static constexpr auto training = M::training;
  static constexpr plan::Rewrites rewrites{false, false, false, false, false};
};

}  // namespace isthmus::testing
