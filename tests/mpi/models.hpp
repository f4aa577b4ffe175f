// Small models whose loss or whose layers mix the samples of a batch, or draw numbers for each: what a distributed
// step could get wrong. All are trained by plain SGD, whose step shows the gradient.
#pragma once

#include <isthmus/declare.hpp>

namespace isthmus::testing {

/// Mean activations of the batch, a clipped gradient, tied weights whose two gradients are one message, noise.
struct Coupled {
  static constexpr auto model = autoencoder(
      encoder(input<70>("x"), gaussian_noise(0.2f), dense<90>("enc", bias_constant(0.1f)) | swish),
      bottleneck(dense<20>("code") | sigmoid),
      decoder(dense<90>("dec", tied("code")) | elu, dense<70>("out", tied("enc"), bias_from_data) | sigmoid));
  static constexpr auto training =
      train(model, binary_cross_entropy + 0.1f * kl_sparsity("code", 0.05f) + 0.05f * l1_activity("enc"),
            sgd{.learning_rate = 0.1f, .momentum = 0.9f}, clip_norm{0.5f});
};

/// Statistics of the batch, behind convolutions that pool and behind a dense layer; dropout, and noise that is the
/// same in every epoch.
struct Normed {
  static constexpr auto model = autoencoder(
      encoder(input<8, 10, 1>("x"), masking_noise(0.3f, fixed),
              conv2d<16, 3>("enc1", no_bias) | batch_norm("bn1") | relu | max_pool<2>,
              conv2d<24, 3>("enc2") | elu | dropout(0.25f), flatten),
      bottleneck(dense<6>("code", no_bias) | batch_norm("bn2", 0.9f, 1e-2f)),
      decoder(dense<160>("dec") | relu, to_shape<4, 5, 8>, upsample<2>, conv2d<1, 3>("out") | sigmoid));
  static constexpr auto training = train(model, mean_squared_error, sgd{0.05f});
};

/// A code that is drawn, and a derivative in the loss.
struct Drawn {
  static constexpr auto model = graph([](Scope& g) {
    auto h = isthmus::tanh(dense<24>(g.input<30>("x"), "enc"));
    auto mu = dense<3>(h, "mu");
    auto log_var = dense<3>(h, "log_var");
    auto z = bottleneck(reparameterize(mu, log_var));
    return sigmoid(dense<30>(isthmus::tanh(dense<24>(z, "dec")), "out"));
  });
  static constexpr auto training = train(
      model, bernoulli + anneal::linear(0.25f, 2.0f, 2) * gaussian_kl("mu", "log_var") + 0.5f * contraction("mu"),
      sgd{0.01f});
};

/// A frozen batch norm, an average of what is trained, and a rate in several parts.
struct Tuned {
  static constexpr auto model = autoencoder(
      encoder(input<20>("x"), dense<24>("enc1") | batch_norm("bn") | isthmus::tanh, dense<16>("enc2") | elu),
      bottleneck(dense<4>("code")), decoder(dense<24>("dec") | elu, dense<20>("out") | sigmoid));
  static constexpr auto training =
      train(model, binary_cross_entropy,
            averaged(sgd{anneal::warm_up(2, anneal::linear(0.2f, 0.1f, 5), 0.5f)}, 0.5f), frozen("enc1", "bn"));
};

/// Two steps make one update, of gradients of all processes.
struct Accumulated {
  static constexpr auto model = autoencoder(
      encoder(input<30>("x"), gaussian_noise(0.2f), dense<24>("enc", no_bias) | batch_norm("bn") | elu),
      bottleneck(dense<5>("code")), decoder(dense<24>("dec") | elu, dense<30>("out", bias_from_data) | sigmoid));
  static constexpr auto training =
      train(model, bernoulli, averaged(sgd{.learning_rate = 0.01f, .momentum = 0.5f}, 0.5f), accumulate<2>,
            clip_norm{0.5f});
};

/// Turns, of which each waits for the sums of those before it; a critic with statistics of the batch.
struct Turned {
  static constexpr auto model = autoencoder(
      encoder(input<30>("x"), gaussian_noise(0.2f), dense<24>("enc") | batch_norm("bn") | elu),
      bottleneck(dense<5>("code")), decoder(dense<24>("dec") | elu, dense<30>("out", bias_from_data) | sigmoid));
  static constexpr auto critic =
      network(dense<17>("critic1") | batch_norm("critic_bn") | elu, dense<1>("critic2"));
  static constexpr auto training =
      train(model,
            in_turns(turn("autoencode", bernoulli, sgd{0.01f}).of(encoder_layers, decoder_layers),
                     turn("discriminate", discriminator_loss(critic, "code"), sgd{0.05f}).of(critic),
                     turn("confuse", generator_loss(critic, "code"), sgd{0.02f}).of(encoder_layers)),
            clip_norm{0.5f});
};

/// Codebooks that follow all samples of the batch, of pixels and of rows, idle vectors that restart at vectors of
/// any process, and the use of a codebook as a term.
struct Quantized {
  static constexpr auto model = autoencoder(
      encoder(input<8, 10, 1>("x"), conv2d<6, 3>("enc", stride(2)) | elu,
              conv2d<4, 1>("z") | vector_quantize<9>("pixels", moving_average(0.75f)), flatten, dense<5>("row")),
      bottleneck(vector_quantize<7>("rows", moving_average(0.5f).restarted_below(1.0f))),
      decoder(dense<80>("out"), to_shape<8, 10, 1>));
  static constexpr auto training = train(model,
                                         mean_squared_error + commitment("pixels", 0.25f) +
                                             term("rows", commitment("rows", 0.5f)) + 0.1f * perplexity("pixels"),
                                         sgd{0.05f});
};

}  // namespace isthmus::testing
