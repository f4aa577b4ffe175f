// The requirements of a model and its loss on the data.
#include <isthmus/declare.hpp>
#include <isthmus/plan/expectations.hpp>
#include <isthmus/plan/stages.hpp>

#include "support/catch.hpp"

using namespace isthmus;
using isthmus::plan::Interval;
using isthmus::plan::layers_of_batch_statistics;
using isthmus::plan::output_range;
using isthmus::plan::takes_fractions;

namespace {

constexpr float infinity = std::numeric_limits<float>::infinity();

/// A small model that ends in `end`.
template <class End>
constexpr auto ending_in(End end) {
  return autoencoder(encoder(input<6>("x")), bottleneck(dense<2>("code")), decoder(dense<6>("out") | end));
}
struct Linear {
  static constexpr auto model =
      autoencoder(encoder(input<6>("x")), bottleneck(dense<2>("code")), decoder(dense<6>("out")));
};
struct Sigmoid {
  static constexpr auto model = ending_in(sigmoid);
};
struct Tanh {
  static constexpr auto model = ending_in(isthmus::tanh);
};
struct Relu {
  static constexpr auto model = ending_in(relu);
};
struct Softplus {
  static constexpr auto model = ending_in(softplus);
};
struct Elu {
  static constexpr auto model = ending_in(elu);
};

template <class Model>
Interval range() {
  return output_range(plan::resolve_modes(Model::model.graph, false, false));
}

template <class Base, auto loss>
struct With : Base {
  static constexpr auto training = train(Base::model, loss, adam{});
};
struct Summed : Sigmoid {
  static constexpr auto training = train(model, bernoulli + 0.1f * l1_activity("code"), adam{});
};
template <class Model>
bool fractions() {
  return takes_fractions(plan::source_graph<Model, Role::evaluate>(plan::Rewrites{}).graph());
}

struct Normalized {
  static constexpr auto model = autoencoder(encoder(input<6>("x"), dense<4>("enc") | batch_norm("norm")),
                                            bottleneck(dense<2>("code")), decoder(dense<6>("out")));
};
struct NormalizedImages {
  static constexpr auto model = autoencoder(encoder(input<4, 4, 1>("x"), conv2d<2, 3>("enc"), batch_norm("norm")),
                                            bottleneck(conv2d<1, 3>("code")), decoder(conv2d<1, 3>("out")));
};
struct NormalizedRows {
  static constexpr auto model = autoencoder(encoder(input<6>("x"), dense<4>("enc") | layer_norm("norm")),
                                            bottleneck(dense<2>("code")), decoder(dense<6>("out")));
};

}  // namespace

TEST_CASE("the last operation says what a model can give") {
  const auto is = [](const Interval& found, float least, float most) {
    CHECK(found.least == least);
    CHECK(found.most == most);
  };
  is(range<Linear>(), -infinity, infinity);
  is(range<Sigmoid>(), 0, 1);
  is(range<Tanh>(), -1, 1);
  is(range<Relu>(), 0, infinity);
  is(range<Softplus>(), 0, infinity);
  is(range<Elu>(), -1, infinity);
}

TEST_CASE("a cross-entropy is found in the loss, from the logit and from the probability, alone and in a sum") {
  CHECK(fractions<With<Sigmoid, binary_cross_entropy>>());
  CHECK(fractions<With<Sigmoid, bernoulli>>());
  CHECK(fractions<With<Linear, binary_cross_entropy>>());
  CHECK(fractions<With<Linear, bernoulli>>());
  CHECK(fractions<Summed>());
  CHECK_FALSE(fractions<With<Sigmoid, mean_squared_error>>());
  CHECK_FALSE(fractions<With<Softplus, gaussian>>());
  CHECK_FALSE(fractions<With<Sigmoid, huber>>());
  CHECK_FALSE(fractions<With<Softplus, cosine_distance>>());
}

TEST_CASE("layers that normalise by the batch alone are found") {
  CHECK(layers_of_batch_statistics(Normalized::model.graph) == std::vector<std::string>{"norm"});
  CHECK(layers_of_batch_statistics(NormalizedImages::model.graph).empty());
  CHECK(layers_of_batch_statistics(NormalizedRows::model.graph).empty());
  CHECK(layers_of_batch_statistics(Linear::model.graph).empty());
}
