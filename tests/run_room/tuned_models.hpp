// Small models whose training has what is beside loss and optimizer: frozen layers, averages, schedules of several
// parts. Compiled for every SIMD target by tuned_models_test.cpp, as isthmus_add_model() would.
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

}  // namespace isthmus::testing

#define ISTHMUS_TEST_TUNED(use) use(Thawed) use(Frozen) use(FrozenCode) use(Steady) use(Averaged) use(Warmed)

#define ISTHMUS_TEST_LIST ISTHMUS_TEST_TUNED
#include "run_room/declare_models.inc"
