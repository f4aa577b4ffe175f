// Small models of images, of odd sizes, that use every operation on images and everything that happens in training
// only. Compiled for every SIMD target by image_models_test.cpp, as isthmus_add_model() would. All are trained by
// plain SGD, whose step shows the gradient.
#pragma once

#include <isthmus/declare.hpp>
#include <isthmus/run/trainer.hpp>

#include "support/sample_operations.hpp"

namespace isthmus::testing {

/// One channel in and out, odd sizes: a convolution that pools by itself is not possible for 9 rows.
struct Pooled {
  static constexpr auto model =
      autoencoder(encoder(input<9, 10, 1>("x"), conv2d<5, 3>("enc1", he_uniform) | elu | max_pool<2>,
                          conv2d<17, 3>("enc2", bias_constant(0.1f)) | relu | max_pool<3, 2>(same)),
                  bottleneck(conv2d<3, 3>("code", glorot_uniform) | isthmus::tanh),
                  decoder(conv2d<16, 2, 3>("dec1") | relu | upsample<2>, conv2d<1, 3>("dec2") | leaky_relu(0.2f),
                          conv2d_transpose<1, 6, 5>("out", valid) | sigmoid));
  static constexpr auto training = train(model, mean_squared_error, sgd{0.1f});
};

/// Colours in and out; the convolutions pool, and read images from before their upsampling.
struct Colours {
  static constexpr auto model =
      autoencoder(encoder(input<12, 8, 3>("x"), conv2d<16, 3>("enc1") | relu | max_pool<2>,
                          conv2d<33, 3>("enc2") | relu | max_pool<2>),
                  bottleneck(conv2d<4, 1>("code")),
                  decoder(conv2d<32, 3>("dec1") | elu | upsample<2>, conv2d<16, 3>("dec2") | relu | upsample<2>,
                          conv2d<3, 3>("out") | sigmoid));
  static constexpr auto training = train(model, binary_cross_entropy, sgd{0.1f});
};

struct Strided {
  static constexpr auto model =
      autoencoder(encoder(input<12, 8, 2>("x"), conv2d<6, 3>("enc1", stride(2)) | isthmus::tanh,
                          conv2d<8, 2, 3>("enc2", valid, stride(2, 1)) | elu, flatten),
                  bottleneck(dense<5>("code")),
                  decoder(dense<48>("dec1") | isthmus::tanh, to_shape<3, 2, 8>,
                          conv2d_transpose<6, 2, 3>("dec2", valid, stride(2, 1)) | elu,
                          conv2d_transpose<2, 3>("out", stride(2), no_bias)));
  static constexpr auto training = train(model, mean_squared_error, sgd{0.1f});
};

/// Resampling, and dense layers between the convolutions.
struct Mixed {
  static constexpr auto model =
      autoencoder(encoder(input<8, 6, 1>("x"), average_pool<3, 2>(same), conv2d<7, 3>("enc1") | isthmus::tanh,
                          average_pool<2>, flatten, dense<9>("enc2") | softplus),
                  bottleneck(dense<4>("code")),
                  decoder(dense<24>("dec1") | isthmus::tanh, to_shape<4, 3, 2>, upsample<2>(bilinear),
                          conv2d<2, 5>("dec2") | isthmus::tanh, conv2d<1, 3>("out") | sigmoid));
  static constexpr auto training = train(model, mean_squared_error, sgd{0.1f});
};

/// Statistics of the batch, behind a convolution and behind a dense layer, and dropout.
struct Normed {
  static constexpr auto model = autoencoder(
      encoder(input<6, 7, 1>("x"), conv2d<8, 3>("enc1", no_bias) | batch_norm("bn1") | elu | dropout(0.25f),
              average_pool<2>, flatten),
      bottleneck(dense<4>("code", no_bias) | batch_norm("bn2", 0.9f, 1e-2f)),
      decoder(dense<42>("out") | sigmoid, to_shape<6, 7, 1>));
  static constexpr auto training = train(model, mean_squared_error, sgd{0.1f});
};

/// Statistics of each sample: of groups of three channels, of a whole image, of a row; an error and an angle.
struct Grouped {
  static constexpr auto model =
      autoencoder(encoder(input<5, 7, 3>("x"), conv2d<9, 3>("enc1", no_bias) | group_norm<3>("gn1") | elu,
                          conv2d<4, 3, 5>("enc2", valid) | group_norm<1>("gn2") | isthmus::tanh, flatten),
                  bottleneck(dense<17>("code") | layer_norm("ln")),
                  decoder(dense<105>("dec"), to_shape<5, 7, 3>, group_norm<3>("gn3", 1e-2f) | isthmus::tanh,
                          conv2d<3, 1>("out")));
  static constexpr auto training = train(model, huber(0.25f) + 0.5f * cosine_distance, sgd{0.1f});
};

/// Whole samples at once, by kernels of the program's own: images of one channel, of a panel and of more, and
/// rows. What all samples share is a row of a filter, or several rows of a mask.
struct Summed {
  static constexpr auto model = graph([](Scope& g) {
    auto x = g.input<5, 7, 1>("x");
    auto h = conv2d<17, 3>(0.125f * of_sample(running_total, x), "enc1");
    h = isthmus::tanh(0.0625f * of_sample(running_total, isthmus::tanh(h)));
    h = isthmus::tanh(conv2d<16, 3>(h, "enc2", stride(2)));
    g.begin_layer("mask", "mask");
    h = of_samples(masked, h, g.parameter("weight", shape_of(3, 4, 16), Initializer::constant, 0.75f));
    h = isthmus::tanh(dense<35>(bottleneck(dense<5>(flatten(h), "code")), "dec"));
    g.begin_layer("filter", "filter");
    h = of_samples(filtered, h, g.parameter("weight", shape_of(5), Initializer::constant, 0.5f));
    return conv2d<1, 3>(reshape(h, shape_of(batch, 5, 7, 1)), "out");
  });
  static constexpr auto training = train(model, mean_squared_error, sgd{0.1f});
};

/// A series: strided, dilated and causal windows, and back to a size that no stride divides; one channel in and
/// out.
struct Waves {
  static constexpr auto model = autoencoder(
      encoder(input<37>("x"), conv1d<5, 4>("enc1", stride(2)) | elu,
              conv1d<17, 3>("enc2", causal, dilation(3)) | relu, average_pool<2>(same), group_norm<1>("gn")),
      bottleneck(conv1d<3, 1>("code") | isthmus::tanh),
      decoder(upsample<2>(like("enc1")), conv1d<16, 3>("dec1") | relu,
              conv1d_transpose<1, 5>("out", stride(2), output_size(37)) | sigmoid, flatten));
  static constexpr auto training = train(model, mean_squared_error, sgd{0.1f});
};

/// A volume, by every algorithm: Winograd's with taps in depth, direct and dilated ones, and to one channel.
struct Blocks {
  static constexpr auto model = autoencoder(
      encoder(input<5, 6, 7, 1>("x"), conv3d<16, 2, 3, 3>("enc1") | elu | max_pool<2>(same),
              conv3d<17, 3>("enc2") | relu, conv3d<4, 3>("enc3", stride(2, 1, 1), dilation(1, 2, 1)) | elu),
      bottleneck(conv3d<2, 1>("code") | isthmus::tanh),
      decoder(conv3d_transpose<16, 2>("dec1", stride(2, 1, 1), output_size(3, 3, 4)) | relu,
              conv3d<16, 3>("dec2") | elu, upsample<2>(like("x")), conv3d<1, 3>("out")));
  static constexpr auto training = train(model, mean_squared_error, sgd{0.1f});
};

/// Convolutions in groups: of a channel each with and without a stride, and of several, there and back.
struct Separable {
  static constexpr auto model = autoencoder(
      encoder(input<7, 6, 4>("x"), conv2d<4, 3>("enc1", groups(4)) | relu, conv2d<18, 1>("enc2") | elu,
              conv2d<18, 3>("enc3", groups(18), stride(2)) | elu, conv2d<36, 3>("enc4", groups(6)) | relu),
      bottleneck(conv2d<3, 1>("code") | isthmus::tanh),
      decoder(conv2d_transpose<12, 3>("dec1", groups(3), stride(2), like("x")) | elu,
              conv2d_transpose<12, 3>("dec2", groups(12)) | elu, conv2d<4, 3>("out", groups(2))));
  static constexpr auto training = train(model, mean_squared_error, sgd{0.1f});
};

/// Each kind of noise, drawn anew in each step or once for each sample.
struct Noisy {
  static constexpr auto model = autoencoder(
      encoder(input<5, 7, 1>("x"), gaussian_noise(0.3f) | clip(0, 1), conv2d<4, 3>("enc") | isthmus::tanh,
              flatten),
      bottleneck(dense<6>("code")),
      decoder(dense<35>("dec") | isthmus::tanh, to_shape<5, 7, 1>, conv2d<1, 3>("out", bias_from_data) | sigmoid));
  static constexpr auto training = train(model, mean_squared_error, sgd{0.1f});
};
struct Masked {
  static constexpr auto model =
      autoencoder(encoder(input<4, 5, 3>("x"), masking_noise(0.4f, fixed), flatten), bottleneck(dense<6>("code")),
                  decoder(dense<60>("out", bias_from_data) | sigmoid, to_shape<4, 5, 3>));
  static constexpr auto training = train(model, mean_squared_error, sgd{0.1f});
};
struct Salted {
  static constexpr auto model = autoencoder(encoder(input<40>("x"), salt_and_pepper(0.3f)),
                                            bottleneck(dense<6>("code")), decoder(dense<40>("out") | sigmoid));
  static constexpr auto training = train(model, mean_squared_error, sgd{0.1f});
};

}  // namespace isthmus::testing

#define ISTHMUS_TEST_IMAGE_MODELS(use)                                                                         \
  use(Pooled) use(Colours) use(Strided) use(Mixed) use(Normed) use(Grouped) use(Summed) use(Waves) use(Blocks) \
      use(Separable) use(Noisy) use(Masked) use(Salted)

#define ISTHMUS_TEST_LIST ISTHMUS_TEST_IMAGE_MODELS
#include "run_room/declare_models.inc"
