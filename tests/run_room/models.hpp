// Small models of odd sizes that use every activation, loss and optimizer between them. They are compiled for
// every SIMD target by models_test.cpp, as isthmus_add_model() would.
#pragma once

#include <isthmus/declare.hpp>
#include <isthmus/run/trainer.hpp>

namespace isthmus::testing {

/// Every kind of start, and a bias that is not zero.
struct Elu {
  static constexpr auto model = autoencoder(
      encoder(input<13>("x"), dense<11>("enc", bias_constant(0.2f)) | elu),
      bottleneck(dense<3>("code", he_uniform, bias_constant(-0.3f))),
      decoder(dense<11>("dec") | elu(0.5f), dense<13>("out", constant(0.05f), bias_constant(0.1f)) | sigmoid));
  static constexpr auto training = train(model, mean_squared_error, adam{});
};

struct Tanh {
  static constexpr auto model = autoencoder(
      encoder(input<13>("x"), dense<11>("enc") | isthmus::tanh), bottleneck(dense<3>("code") | softplus),
      decoder(dense<11>("dec", bias_constant(0.3f)) | isthmus::tanh, dense<13>("out") | linear));
  static constexpr auto training = train(model, mean_squared_error, sgd{0.1f});
};

struct Relu {
  static constexpr auto model =
      autoencoder(encoder(input<13>("x"), dense<11>("enc") | relu), bottleneck(dense<3>("code", no_bias)),
                  decoder(dense<11>("dec") | leaky_relu(0.2f), dense<13>("out") | sigmoid));
  static constexpr auto training = train(model, binary_cross_entropy, adam_w{0.01f});
};

/// The cross-entropy of what is no sigmoid takes the clamped form.
struct Clamped {
  static constexpr auto model =
      autoencoder(encoder(input<13>("x"), dense<17>("enc") | sigmoid), bottleneck(dense<1>("code")),
                  decoder(dense<16>("dec") | elu, dense<13>("out") | sigmoid | leaky_relu));
  static constexpr auto training = train(model, binary_cross_entropy, sgd{0.1f, 0.9f});
};

/// An expression: a skip inside the encoder, a value that is read twice, operations that no layer has.
struct Expression {
  static constexpr auto model = graph([](Scope& g) {
    auto x = g.input<13>("x");
    auto h = isthmus::tanh(dense<19>(x, "h"));
    auto code = bottleneck(dense<5>(h + isthmus::tanh(dense<19>(h, "skip")), "code"));
    auto y = dense<13>(isthmus::exp(-square(code)), "out");
    return y / (1.0f + isthmus::abs(y)) + 0.5f * isthmus::sqrt(1.0f + square(y));
  });
  static constexpr auto training = train(model, mean_squared_error, adam{0.01f});
};

/// A code of one column, read beside seventeen.
struct Gate {
  static constexpr auto model = graph([](Scope& g) {
    auto c = bottleneck(dense<1>(g.input<3>("x"), "c"));
    return dense<3>(dense<17>(isthmus::tanh(c), "d") * c, "o");
  });
  static constexpr auto training = train(model, mean_squared_error, sgd{0.1f});
};

/// A sample of one value, read beside thirty-two and repeated in every panel.
struct Narrow {
  static constexpr auto model = graph([](Scope& g) {
    auto x = g.input<1>("x");
    auto h = isthmus::tanh(dense<32>(isthmus::sin(x), "a")) + x;
    return dense<1>(bottleneck(dense<2>(h - sample_mean(h), "code")), "out");
  });
  static constexpr auto training = train(model, mean_squared_error, adam{});
};

/// Its loss looks at the code alone: the decoder is not trained, not even by weight decay.
struct Greedy {
  static constexpr auto model =
      autoencoder(encoder(input<13>("x"), dense<5>("enc") | isthmus::tanh), bottleneck(dense<3>("code")),
                  decoder(dense<5>("dec") | elu, dense<13>("out", bias_constant(0.5f))));
  static constexpr auto training = train(
      model, [](Tensor y, Tensor) { return mean(square(layer_of(y, "code") - 0.25f)); }, adam_w{0.01f, 0.1f});
};

/// Normalized rows, errors on both sides of delta, and all that RMSprop can remember.
struct Rms {
  static constexpr auto model =
      autoencoder(encoder(input<13>("x"), dense<17>("enc") | layer_norm("norm") | elu),
                  bottleneck(dense<3>("code")), decoder(dense<11>("dec") | isthmus::tanh, dense<13>("out")));
  static constexpr auto training =
      train(model, huber(0.25f), rms_prop{.momentum = 0.5f, .epsilon = 1e-3f, .centered = true});
};

/// An angle alone.
struct Lion {
  static constexpr auto model =
      autoencoder(encoder(input<13>("x"), dense<11>("enc") | isthmus::tanh), bottleneck(dense<3>("code")),
                  decoder(dense<11>("dec") | isthmus::tanh, dense<13>("out", bias_constant(0.1f))));
  static constexpr auto training =
      train(model, cosine_distance, lion{.learning_rate = 0.01f, .weight_decay = 0.1f});
};

/// Matrices of one column and of one row, whose squared gradients have factors as well.
struct Factored {
  static constexpr auto model =
      autoencoder(encoder(input<13>("x"), dense<17>("enc") | isthmus::tanh), bottleneck(dense<1>("code")),
                  decoder(dense<11>("dec") | isthmus::tanh, dense<13>("out")));
  static constexpr auto training = train(model, mean_squared_error, adafactor{.learning_rate = 0.1f});
};

/// Large enough for several tiles and workers.
struct Wide {
  static constexpr auto model =
      autoencoder(encoder(input<70>("x"), dense<50>("enc") | elu), bottleneck(dense<20>("code")),
                  decoder(dense<50>("dec") | elu, dense<70>("out") | sigmoid));
  static constexpr auto training = train(model, mean_squared_error, adam{});
};

}  // namespace isthmus::testing

#define ISTHMUS_TEST_MODELS(use)                                                                                 \
  use(Elu) use(Tanh) use(Relu) use(Clamped) use(Expression) use(Gate) use(Narrow) use(Greedy) use(Rms) use(Lion) \
      use(Factored) use(Wide)

#define ISTHMUS_TEST_LIST ISTHMUS_TEST_MODELS
#include "run_room/declare_models.inc"
