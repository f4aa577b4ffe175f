// Models with several inputs, of odd sizes: a target, conditions, weights of the loss, two inputs of data.
#pragma once

#include <isthmus/declare.hpp>
#include <isthmus/run/trainer.hpp>

namespace isthmus::testing {

/// The tutorial's `fit(noisy, clean)`; the output starts from the mean of what it is to be.
struct Paired {
  static constexpr auto model = graph([](Scope& g) {
    auto x = g.input<13>("noisy");
    g.target<13>("clean");
    auto code = bottleneck(dense<3>(elu(dense<11>(x, "enc")), "code"));
    return dense<13>(elu(dense<11>(code, "dec")), "out", bias_from_data) | sigmoid;
  });
  static constexpr auto training = train(model, binary_cross_entropy, adam{});
};

/// Values that the graph blanks out, and the same model on data in which they are blank already.
struct Blanking {
  static constexpr auto model = autoencoder(encoder(input<13>("x"), masking_noise(0.4f), dense<11>("enc") | elu),
                                            bottleneck(dense<3>("code")), decoder(dense<13>("out") | sigmoid));
  static constexpr auto training = train(model, mean_squared_error, adam{});
};
struct Blanked {
  static constexpr auto model = graph([](Scope& g) {
    auto x = g.input<13>("blanked");
    g.target<13>("x");
    return sigmoid(dense<13>(bottleneck(dense<3>(elu(dense<11>(x, "enc")), "code")), "out"));
  });
  static constexpr auto training = train(model, mean_squared_error, adam{});
};

/// A label that both sides read, and a place that the decoder alone reads.
struct Conditional {
  static constexpr auto model = graph([](Scope& g) {
    auto x = g.input<13>("x");
    auto label = g.condition<5>("label");
    auto place = g.condition<2>("place");
    auto h = isthmus::tanh(dense<11>(x, "enc") + dense<11>(label, "enc_label", no_bias));
    auto mu = dense<3>(h, "mu");
    auto log_var = dense<3>(h, "log_var");
    auto z = bottleneck(reparameterize(mu, log_var));
    auto d = dense<11>(z, "dec") + dense<11>(label, "dec_label", no_bias) + dense<11>(place, "dec_place", no_bias);
    return sigmoid(dense<13>(isthmus::tanh(d), "out"));
  });
  static constexpr auto training = train(model, bernoulli + 0.5f * gaussian_kl("mu", "log_var"), sgd{0.01f});
};

/// Two inputs of data, each with a weight for every value or every sample, and a class that is read off the code.
struct Joint {
  static constexpr auto model = graph([](Scope& g) {
    auto sound = g.input<7>("sound");
    auto light = g.input<9>("light");
    g.target<4>("class");
    g.weight<9>("mask");
    g.weight<1>("importance");
    auto code = bottleneck(dense<5>(elu(dense<11>(sound, "ear")) * sigmoid(dense<11>(light, "eye")), "code"));
    g.side_output(sigmoid(dense<4>(code, "head")), "probability");
    g.side_output(dense<7>(elu(dense<11>(code, "mouth")), "voice"), "sound");
    return dense<9>(elu(dense<11>(code, "hand")), "picture");
  });
  static constexpr auto training =
      train(model,
            compare("light", weighted_by("mask", mean_squared_error)) +
                term("heard", compare("voice", "sound", weighted_by("importance", gaussian))) +
                0.3f * term("classified", compare("head", "class", binary_cross_entropy)),
            adam{.learning_rate = 0.01f});
};

/// Images with a weight for each sample; a strided caller's images are copied first, each port's to its own place.
struct Pictures {
  static constexpr auto model = graph([](Scope& g) {
    auto x = g.input<4, 6, 1>("x");
    g.target<4, 6, 1>("clean");
    g.weight<1>("importance");
    auto code = bottleneck(conv2d<3, 3>(x, "code", stride(2)));
    return conv2d_transpose<1, 3>(relu(code), "out", stride(2));
  });
  static constexpr auto training = train(model, weighted_by("importance", huber(0.25f)), sgd{0.1f});
};

/// Values that are missing, and the same model on data in which they are zero, beside a mask that says so.
struct Gaps {
  static constexpr auto model = graph([](Scope& g) {
    auto x = g.input<13>("x", with_missing);
    auto h = elu(dense<11>(concat(x | fill_missing(0.0f), is_present(x)), "enc"));
    return sigmoid(dense<13>(bottleneck(dense<3>(h, "code")), "out"));
  });
  static constexpr auto training = train(model, where_present(mean_squared_error), adam{});
};
struct Filled {
  static constexpr auto model = graph([](Scope& g) {
    auto x = g.input<13>("x");
    auto present = g.input<13>("present");
    g.weight<13>("counts");
    auto h = elu(dense<11>(concat(x, present), "enc"));
    return sigmoid(dense<13>(bottleneck(dense<3>(h, "code")), "out"));
  });
  static constexpr auto training = train(model, weighted_by("counts", mean_squared_error), adam{});
};

/// Two codes: a coarse one of the whole, and a fine one that is made from the data and from the coarse one.
struct Levels {
  static constexpr auto model = graph([](Scope& g) {
    auto x = g.input<13>("x");
    auto h = elu(dense<11>(x, "enc"));
    auto coarse = bottleneck(isthmus::tanh(dense<2>(h, "top")));
    auto guess = elu(dense<7>(coarse, "guess"));
    auto mu = dense<3>(concat(h, guess), "mu");
    auto fine = bottleneck(reparameterize(mu, dense<3>(h, "log_var")), "fine");
    return sigmoid(dense<13>(elu(dense<11>(concat(guess, fine), "dec")), "out"));
  });
  static constexpr auto training = train(model, bernoulli + 0.5f * gaussian_kl("mu", "log_var"), sgd{0.01f});
};

/// Indices: tokens that are data, whose table is the last layer's weights as well, and a label of both halves.
/// Softmax of each row of a matrix for each sample.
struct Tokens {
  static constexpr auto model = graph([](Scope& g) {
    auto tokens = g.input<5>("tokens", indices<21>);
    auto label = g.condition<1>("label", indices<4>);
    auto h =
        isthmus::tanh(dense<11>(concat(flatten(embedding<7>(tokens, "tokens_table")), one_hot(label)), "enc"));
    auto code = bottleneck(dense<3>(h, "code"));
    auto d = isthmus::tanh(dense<35>(concat(code, embedding<2>(label, "label_table")), "dec"));
    return dense<21>(to_shape<5, 7>(d), "out", tied("tokens_table"), each_row);
  });
  static constexpr Tensor likelihood(Tensor y, Tensor) {
    return -mean_over_batch(log_softmax(y) * one_hot(port_of(y, "tokens")));
  }
  static constexpr auto training = train(model, term("nll", likelihood), sgd{0.05f});
};

/// Missing values, and a bias that starts from those that are there.
struct Logit {
  static constexpr auto model =
      autoencoder(encoder(input<4>("x", with_missing), fill_missing(0.0f)), bottleneck(dense<2>("code")),
                  decoder(dense<4>("out", bias_from_data) | sigmoid));
  static constexpr auto training = train(model, where_present(binary_cross_entropy), adam{});
};

}  // namespace isthmus::testing

#define ISTHMUS_TEST_PORTS(use)                                                                          \
  use(Paired) use(Blanking) use(Blanked) use(Conditional) use(Joint) use(Pictures) use(Gaps) use(Filled) \
      use(Levels) use(Tokens) use(Logit)

#define ISTHMUS_TEST_LIST ISTHMUS_TEST_PORTS
#include "run_room/declare_models.inc"
