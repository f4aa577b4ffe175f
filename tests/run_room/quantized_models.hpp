// Small models whose code is of a finite set: of rows and of pixels, with codebooks that gradients train and such
// that follow moving averages. Compiled for every SIMD target by quantized_models_test.cpp.
#pragma once

#include <isthmus/declare.hpp>
#include <isthmus/run/trainer.hpp>

namespace isthmus::testing {

/// What is quantized is the data themselves.
struct NearestRow {
  static constexpr auto model =
      autoencoder(encoder(input<5>("x")), bottleneck(vector_quantize<19>("codebook")), decoder(dense<5>("out")));
  static constexpr auto training = train(model, mean_squared_error + commitment("codebook", 0.25f), sgd{0.1f});
};
struct NearestPixel {
  static constexpr auto model = autoencoder(
      encoder(input<3, 5, 4>("x")), bottleneck(vector_quantize<33>("codebook")), decoder(conv2d<4, 1>("out")));
  static constexpr auto training = train(model, mean_squared_error + commitment("codebook", 0.25f), sgd{0.1f});
};

struct QuantizedRows {
  static constexpr auto model =
      autoencoder(encoder(input<13>("x"), dense<11>("enc") | elu, dense<5>("z")),
                  bottleneck(vector_quantize<7>("codebook", weights_by(Initializer::he_uniform))),
                  decoder(dense<13>("out") | sigmoid));
  static constexpr auto training = train(
      model, mean_squared_error + 0.5f * commitment("codebook", 0.25f) + 0.0f * perplexity("codebook"), sgd{0.5f});
};
/// A second code of the code, in the encoder.
struct QuantizedTwice {
  static constexpr auto model = graph([](Scope& g) {
    auto z = dense<6>(g.input<13>("x"), "z");
    auto coarse = vector_quantize<3>(z, "coarse", moving_average(0.5f, 0.125f));
    auto fine = vector_quantize<17>(z - coarse, "fine", moving_average(0.75f));
    return dense<13>(bottleneck(coarse + fine), "out");
  });
  static constexpr auto training = train(
      model, mean_squared_error + commitment("coarse", 0.25f) + term("fine", commitment("fine", 1.0f)), adam{});
};
struct QuantizedPixels {
  static constexpr auto model =
      autoencoder(encoder(input<6, 8, 1>("x"), conv2d<9, 3>("enc", stride(2)) | relu, conv2d<5, 1>("z")),
                  bottleneck(vector_quantize<19>("codebook", moving_average(0.9f))),
                  decoder(conv2d_transpose<1, 3>("out", stride(2))));
  static constexpr auto training =
      train(model, mean_squared_error + commitment("codebook", 0.25f) + 0.0f * perplexity("codebook"),
            adam{.learning_rate = 0.01f});
};
/// The rows of a matrix, each by itself.
struct QuantizedMatrix {
  static constexpr auto model = autoencoder(encoder(input<13>("x"), dense<15>("z"), to_shape<3, 5>),
                                            bottleneck(vector_quantize<9>("codebook", moving_average(0.75f))),
                                            decoder(flatten, dense<13>("out")));
  static constexpr auto training =
      train(model, mean_squared_error + commitment("codebook", 0.25f) + 0.0f * perplexity("codebook"), sgd{0.5f});
};
/// One channel: each pixel is a number, of which the nearest of three becomes the code.
struct QuantizedNumbers {
  static constexpr auto model =
      autoencoder(encoder(input<6, 8, 1>("x"), conv2d<1, 3>("z")), bottleneck(vector_quantize<3>("codebook")),
                  decoder(conv2d<1, 3>("out")));
  static constexpr auto training = train(model, mean_squared_error + commitment("codebook", 2.0f), sgd{0.1f});
};
/// Codebooks that begin at the data, and whose idle vectors restart: of pixels, of the rows of a matrix, of rows.
struct RestartedPixels {
  static constexpr auto model =
      autoencoder(encoder(input<6, 8, 1>("x"), conv2d<9, 3>("enc", stride(2)) | relu, conv2d<5, 1>("z")),
                  bottleneck(vector_quantize<19>("codebook", moving_average(0.9f).restarted_below(1.0f))),
                  decoder(conv2d_transpose<1, 3>("out", stride(2))));
  static constexpr auto training =
      train(model, mean_squared_error + commitment("codebook", 0.25f) + 0.0f * perplexity("codebook"),
            adam{.learning_rate = 0.01f});
};
struct RestartedRows {
  static constexpr auto model = graph([](Scope& g) {
    auto z = dense<15>(g.input<13>("x"), "z");
    auto coarse = vector_quantize<3>(z, "coarse", moving_average(0.5f).restarted_below(2.0f));
    auto fine =
        vector_quantize<17>(to_shape<3, 5>(z - coarse), "fine", moving_average(0.75f).restarted_below(0.5f));
    return dense<13>(bottleneck(coarse + flatten(fine)), "out");
  });
  static constexpr auto training = train(
      model, mean_squared_error + commitment("coarse", 0.25f) + term("fine", commitment("fine", 1.0f)), adam{});
};

}  // namespace isthmus::testing

#define ISTHMUS_TEST_QUANTIZED(use)                                                             \
  use(NearestRow) use(NearestPixel) use(QuantizedRows) use(QuantizedMatrix) use(QuantizedTwice) \
      use(QuantizedPixels) use(QuantizedNumbers) use(RestartedPixels) use(RestartedRows)

#define ISTHMUS_TEST_LIST ISTHMUS_TEST_QUANTIZED
#include "run_room/declare_models.inc"
