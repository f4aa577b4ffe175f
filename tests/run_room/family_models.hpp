// Small models of every family: tied weights, penalties, a derivative in the loss, a code that is drawn, values
// that move, sequences. Compiled for every SIMD target by family_models_test.cpp, as isthmus_add_model() would.
#pragma once

#include <isthmus/declare.hpp>
#include <isthmus/run/trainer.hpp>

namespace isthmus::testing {

/// A decoder of the encoder's weights; a rate that changes, and gradients that are too long.
struct Tied {
  static constexpr auto model =
      autoencoder(encoder(input<13>("x"), dense<11>("enc", bias_constant(0.1f)) | elu),
                  bottleneck(dense<3>("code") | isthmus::tanh),
                  decoder(dense<11>("dec", tied("code")) | elu, dense<13>("out", tied("enc")) | sigmoid));
  static constexpr auto training =
      train(model, binary_cross_entropy, sgd{anneal::cosine(0.5f, 0.05f, 2), 0.9f}, clip_norm{0.03125f});
};

/// A term of weight 0 is reported, and one that is there twice is computed once.
struct Sparse {
  static constexpr auto model =
      autoencoder(encoder(input<13>("x"), dense<11>("enc") | swish), bottleneck(dense<17>("code") | sigmoid),
                  decoder(dense<13>("out") | sigmoid));
  static constexpr auto training =
      train(model,
            mean_squared_error + 0.1f * kl_sparsity("code", 0.05f) + 0.05f * l1_activity("enc") +
                term("again", mean_squared_error) + 0.0f * term("ignored", l1_activity("code")),
            adam{});
};

struct Contractive {
  static constexpr auto model =
      autoencoder(encoder(input<13>("x"), dense<9>("enc") | isthmus::tanh), bottleneck(dense<3>("code") | sigmoid),
                  decoder(dense<13>("out") | sigmoid));
  static constexpr auto training = train(model, binary_cross_entropy + 0.5f * contraction("code"), sgd{0.1f});
};

struct Variational {
  static constexpr auto model = graph([](Scope& g) {
    auto h = isthmus::sin(dense<11>(g.input<13>("x"), "enc"));
    auto mu = dense<3>(h, "mu");
    auto log_var = dense<3>(h, "log_var");
    auto z = bottleneck(reparameterize(mu, log_var));
    return sigmoid(dense<13>(isthmus::cos(dense<11>(z, "dec")), "out"));
  });
  static constexpr auto training =
      train(model, bernoulli + anneal::linear(0.25f, 2.0f, 2) * gaussian_kl("mu", "log_var"), sgd{0.01f});
};

/// A code that is an image.
struct VariationalImages {
  static constexpr auto model = graph([](Scope& g) {
    auto h = relu(conv2d<4, 3>(g.input<4, 6, 1>("x"), "enc", stride(2)));
    auto mu = conv2d<2, 3>(h, "mu");
    auto log_var = conv2d<2, 1>(h, "log_var");
    auto z = bottleneck(reparameterize(mu, log_var));
    return conv2d_transpose<1, 3>(z, "out", stride(2));
  });
  static constexpr auto training = train(model, gaussian + 0.5f * gaussian_kl("mu", "log_var"), sgd{0.01f});
};

/// A matrix for each sample, whose rows are multiplied alike; parts of tensors, several in one, borders, and
/// dimensions in another order.
struct Moved {
  static constexpr auto model = graph([](Scope& g) {
    auto x = g.input<5, 6>("x");
    auto rows = relu(dense<7>(x, "rows", each_row));
    auto image = to_shape<5, 13, 1>(concat(x, rows)) | pad(1, 2) | slice<0, 1, 6>;
    auto pixels = flatten(permute<2, 0, 1>(elu(conv2d<3, 3>(image, "image", stride(2)))));
    auto both = dense<4>(concat(pixels, flatten(permute<1, 0>(rows))), "both");
    auto code = bottleneck(slice<0, 2>(both) + isthmus::tanh(slice<2, 4>(both)));
    auto steps = to_shape<5, 7>(dense<35>(code, "dec", bias_constant(0.1f)));
    return dense<6>(concat(steps, isthmus::sin(slice<2, 6>(steps))), "out", each_row);
  });
  static constexpr auto training = train(model, mean_squared_error, sgd{0.1f, 0.9f});
};

/// Cells in both directions, of sizes that fill no panel; a row that is repeated.
struct Recurrent {
  static constexpr auto model =
      autoencoder(encoder(input<5, 3>("x"), bidirectional(gru<6>("both")), lstm<17>("enc") | last),
                  bottleneck(dense<3>("code")),
                  decoder(repeat<5>, lstm<7>("dec", reversed), gru<16>("last"), dense<3>("out", each_row)));
  static constexpr auto training = train(model, mean_squared_error, sgd{0.1f, 0.9f});
};

/// A sequence of which training shows some rows: attention to what is shown, and to another sequence.
struct Attentive {
  static constexpr auto model = graph([](Scope& g) {
    auto h = g.input<5, 6>("x") | dense<8>("embedding", each_row) | positions("place");
    auto seen = some_rows<3>(h, "mask");
    h = h + attention<2>(layer_norm(h, "norm"), "enc", key_mask(seen));
    auto code = bottleneck(hide_rows(dense<2>(h, "code", each_row), seen, "token"));
    auto d = code | dense<8>("dec_embedding", each_row) | sinusoidal("dec_place");
    return dense<6>(d + attention<4>(d, code, "dec", causal), "out", each_row);
  });
  static constexpr auto training = train(model, mean_squared_error, sgd{0.02f});
};

/// Data that are drawn anew in each step; a rate in pieces.
struct Binarized {
  static constexpr auto model = graph([](Scope& g) {
    auto h = isthmus::tanh(dense<11>(binarize(g.input<13>("x")), "enc"));
    auto z = bottleneck(reparameterize(dense<3>(h, "mu"), dense<3>(h, "log_var")));
    return sigmoid(dense<13>(isthmus::tanh(dense<11>(z, "dec")), "out"));
  });
  static constexpr auto training =
      train(model, bernoulli + gaussian_kl("mu", "log_var"),
            sgd{anneal::steps(0.01f, anneal::after(1, 0.03f), anneal::after(2, 0.001f))});
};

/// Several codes of each sample, and a penalty on what is computed once.
struct ManyDraws {
  static constexpr auto model = graph([](Scope& g) {
    auto h = isthmus::tanh(dense<11>(binarize(g.input<13>("x")), "enc"));
    auto z = bottleneck(reparameterize(dense<3>(h, "mu"), dense<3>(h, "log_var")));
    return sigmoid(dense<13>(isthmus::cos(dense<5>(z, "dec")), "out"));
  });
  static constexpr auto training =
      train(model, importance_weighted<3>(bernoulli) + 0.01f * l1_activity("enc"), sgd{0.01f});
};

/// Probabilistic principal components: x = W z + b + N(0, I), whose log p(x) is known.
struct LinearGaussian {
  static constexpr auto model = graph([](Scope& g) {
    auto x = g.input<7>("x");
    return dense<7>(bottleneck(reparameterize(dense<3>(x, "mu"), dense<3>(x, "log_var"))), "out");
  });
  static constexpr auto training = train(model, gaussian + gaussian_kl("mu", "log_var"), sgd{0.01f});
};

}  // namespace isthmus::testing

#define ISTHMUS_TEST_FAMILIES(use)                                                                         \
  use(Tied) use(Sparse) use(Contractive) use(Variational) use(VariationalImages) use(Moved) use(Recurrent) \
      use(Binarized) use(ManyDraws) use(LinearGaussian) use(Attentive)

#define ISTHMUS_TEST_LIST ISTHMUS_TEST_FAMILIES
#include "run_room/declare_models.inc"
