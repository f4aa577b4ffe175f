// Penalties look at layers as they are declared, whatever the rewrites make of these.
#include <isthmus/plan/stages.hpp>

#include <isthmus/declare.hpp>

#include "plan/meaning.hpp"
#include "plan/sound.hpp"
#include "support/catch.hpp"

using namespace isthmus;
using namespace isthmus::testing;

namespace {

/// A batch norm that is folded, poolings that come first or are fused, an upsampling that is absorbed: penalties
/// before and behind them.
struct Watched {
  static constexpr auto model = autoencoder(
      encoder(input<8, 8, 2>("image"), conv2d<5, 3>("enc1", no_bias) | batch_norm("bn", 0.9f) | relu | max_pool<2>,
              conv2d<6, 3>("enc2") | isthmus::tanh | max_pool<2>),
      bottleneck(conv2d<2, 3>("code") | sigmoid),
      decoder(conv2d<4, 3>("dec1") | elu | upsample<2>, conv2d<3, 3>("dec2") | elu | upsample<2>,
              conv2d<2, 3>("out") | sigmoid));
  static constexpr auto training =
      train(model,
            mean_squared_error + 0.1f * term("conv", l1_activity("enc1")) +
                0.1f * term("norm", l1_activity("bn")) + 0.2f * term("pool", l1_activity("enc2")) +
                0.3f * term("up", l1_activity("dec1")) + kl_sparsity("code", 0.2f),
            sgd{.learning_rate = 0.1f});
};
/// The same without a penalty on the first convolution, whose batch norm can then be folded.
struct Unwatched {
  static constexpr auto model = Watched::model;
  static constexpr auto training = train(model, mean_squared_error + kl_sparsity("code", 0.2f), sgd{});
};
struct Contracted {
  static constexpr auto model = Watched::model;
  static constexpr auto training =
      train(model, bernoulli + 0.1f * contraction("code"), sgd{.learning_rate = 0.1f});
};

/// An image of one channel is a row to the kernels.
struct OneChannel {
  static constexpr auto model =
      autoencoder(encoder(input<5, 3, 1>("image")), bottleneck(conv2d<1, 3>("code") | sigmoid),
                  decoder(conv2d<1, 3>("out") | sigmoid));
  static constexpr auto training = train(
      model, mean_squared_error + kl_sparsity("code", 0.2f) + l1_activity("code") + 0.1f * contraction("code"),
      sgd{.learning_rate = 0.1f}, clip_norm{0.01f});
};
/// Drawn, and used as they are: one value is two outputs.
struct Drawn {
  static constexpr auto model = graph([](Scope& g) {
    auto h = dense<3>(g.input<7>("image"), "h");
    return dense<7>(bottleneck(reparameterize(h, h)), "out");
  });
  static constexpr auto training =
      train(model, gaussian + 0.5f * gaussian_kl("h", "h"), sgd{.learning_rate = 0.1f});
};

/// Compares the results of the role, as a rewritten graph and as a plan, with those of the model as declared.
template <class M, Role role>
void check_role(int samples) {
  INFO("role " << static_cast<int>(role) << ", samples " << samples);
  const Graph model = plan::resolve_modes(M::model.graph, true, role == Role::train);
  Builder declared = differentiate::loss_graph(model, M::training.loss);
  if (role == Role::train)
    declared = differentiate::step_graph(declared.view(), M::training.optimizer, M::training.clip_norm);
  const Builder source = plan::source_graph<M, role>();
  REQUIRE_FALSE(source.diagnostic());
  const plan::PlanBuilder made = plan::make_plan(source.view());
  CHECK(is_sound(view(made)));
  const Meaning expected = meaning_of(declared.view(), samples);
  const Meaning found = meaning_of(source.view(), samples), planned = meaning_of(view(made), samples);
  CHECK(difference(found, expected) < 1e-8);
  CHECK(difference(planned, expected) < 1e-8);
  for (const Node& node : declared.view())
    if (node.op == Op::output) {
      CHECK(found.contains(node.label.layer));
      CHECK(planned.contains(node.label.layer));
    }
}
template <class M>
void check_roles() {
  for (const int samples : {1, 3}) {
    check_role<M, Role::train>(samples);
    check_role<M, Role::evaluate>(samples);
  }
}

}  // namespace

TEST_CASE("penalties on layers that rewrites change") { check_roles<Watched>(); }

TEST_CASE("penalties on other layers leave the rewrites what they need") {
  check_roles<Unwatched>();
  const auto folded = [](GraphView graph) {
    // The first convolution reads weights that were multiplied.
    for (const Node& node : graph)
      if (node.op == Op::conv2d) return graph[node.inputs[1]].function == &ops::multiply;
    return false;
  };
  CHECK(folded(plan::source_graph<Unwatched, Role::evaluate>().view()));
  CHECK_FALSE(folded(plan::source_graph<Watched, Role::evaluate>().view()));
}

TEST_CASE("the derivative of a code behind convolutions, poolings and a batch norm") { check_roles<Contracted>(); }

TEST_CASE("penalties on an image of one channel, with clipped gradients") { check_roles<OneChannel>(); }

TEST_CASE("a code whose mean is its deviation as well") {
  check_roles<Drawn>();
  const Builder source = plan::source_graph<Drawn, Role::encode>();
  const plan::PlanBuilder made = plan::make_plan(source.view());
  CHECK(is_sound(view(made)));
  CHECK(difference(meaning_of(view(made), 3), meaning_of(source.view(), 3)) < 1e-12);
  CHECK(written_sinks(view(made)) == sinks_of(plan::simplify(source.view())));
}
