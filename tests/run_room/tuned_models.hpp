// Small models whose training has what is beside loss and optimizer: frozen layers, averages, schedules of several
// parts, accumulated gradients. Compiled for every SIMD target by tuned_models_test.cpp, as isthmus_add_model()
// would.
#pragma once

#include <isthmus/declare.hpp>
#include <isthmus/run/trainer.hpp>

namespace isthmus::testing {

/// A model with a normalized first layer, and dropout behind it, of which all is trained.
struct Thawed {
  static constexpr auto model = autoencoder(
      encoder(input<13>("x"), dense<11>("enc1") | batch_norm("norm", 0.5f) | isthmus::tanh | dropout(0.2f),
              dense<9>("enc2") | elu),
      bottleneck(dense<3>("code")),
      decoder(dense<9>("dec", tied("code")) | isthmus::tanh, dense<13>("out", bias_constant(0.1f))));
  static constexpr auto training = train(model, mean_squared_error, adam{0.01f});
};
/// Its layers up to the second are frozen.
struct Frozen {
  static constexpr auto model = Thawed::model;
  static constexpr auto training =
      train(model, mean_squared_error, adam{0.01f}, frozen("enc1", "norm"), frozen("enc2"));
};
/// A layer in the middle, whose weights the decoder shares.
struct FrozenCode {
  static constexpr auto model = Thawed::model;
  static constexpr auto training = train(model, mean_squared_error, adam{0.01f}, frozen("code"));
};

struct Steady {
  static constexpr auto model = autoencoder(
      encoder(input<13>("x"), dense<11>("enc") | batch_norm("norm", 0.5f) | isthmus::tanh),
      bottleneck(dense<3>("code")), decoder(dense<11>("dec") | elu, dense<13>("out", bias_from_data) | sigmoid));
  static constexpr auto training =
      train(model, binary_cross_entropy, rms_prop{.epsilon = 1e-3f, .centered = true}, clip_norm{0.5f});
};
/// The same, and its average beside it.
struct Averaged {
  static constexpr auto model = Steady::model;
  static constexpr auto training = train(
      model, binary_cross_entropy, averaged(rms_prop{.epsilon = 1e-3f, .centered = true}, 0.75f), clip_norm{0.5f});
};

/// A warm-up, a cosine, and steps of a term's weight.
struct Warmed {
  static constexpr auto model = autoencoder(encoder(input<13>("x"), dense<11>("enc") | isthmus::tanh),
                                            bottleneck(dense<3>("code")), decoder(dense<13>("out") | sigmoid));
  static constexpr auto training =
      train(model,
            mean_squared_error +
                anneal::steps(0.0f, anneal::after(2, 0.5f), anneal::after(4, 0.25f)) * l1_activity("code"),
            sgd{anneal::warm_up(
                3, anneal::sequence(anneal::cosine(0.5f, 0.1f, 2), anneal::exponential(0.25f, 0.0625f, 2)))});
};

/// Each update by one batch; convolutions, a norm of rows, an average, and schedules of a rate and of a weight.
struct AtOnce {
  static constexpr auto model = autoencoder(
      encoder(input<6, 7, 1>("x"), conv2d<5, 3>("conv") | relu, flatten, dense<11>("enc") | layer_norm("norm")),
      bottleneck(dense<3>("code") | isthmus::tanh), decoder(dense<42>("out") | sigmoid, to_shape<6, 7, 1>));
  static constexpr auto loss = binary_cross_entropy + anneal::linear(0.5f, 0.1f, 3) * l1_activity("code");
  static constexpr auto optimizer = averaged(
      adam{.learning_rate = anneal::warm_up(2, anneal::cosine(0.05f, 0.01f, 3), 0.5f), .epsilon = 1e-2f}, 0.75f);
  static constexpr auto training = train(model, loss, optimizer, clip_norm{0.1f});
};
/// By four, and by two.
struct InParts {
  static constexpr auto model = AtOnce::model;
  static constexpr auto training = train(model, AtOnce::loss, AtOnce::optimizer, accumulate<4>, clip_norm{0.1f});
};
struct InHalves {
  static constexpr auto model = AtOnce::model;
  static constexpr auto training = train(model, AtOnce::loss, AtOnce::optimizer, clip_norm{0.1f}, accumulate<2>);
};

}  // namespace isthmus::testing

#define ISTHMUS_TEST_TUNED(use)                                                                          \
  use(Thawed) use(Frozen) use(FrozenCode) use(Steady) use(Averaged) use(Warmed) use(AtOnce) use(InParts) \
      use(InHalves)

#define ISTHMUS_TEST_LIST ISTHMUS_TEST_TUNED
#include "run_room/declare_models.inc"
