// Losses of several terms: outputs, weights, order, names, and their mistakes.
#include "declare/loss_values.hpp"
#include "declare/mistakes.hpp"
#include "support/catch.hpp"

using namespace isthmus;
using namespace isthmus::testing;

namespace {

constexpr auto model = autoencoder(encoder(input<7>("x"), dense<5>("enc") | isthmus::tanh),
                                   bottleneck(dense<5>("code") | sigmoid), decoder(dense<7>("out") | sigmoid));
using Names = std::vector<std::string>;

struct Largest {
  constexpr Tensor operator()(Tensor y, Tensor target) const { return sum(abs(y - target)); }
};
struct NoScalar {
  constexpr Tensor operator()(Tensor y, Tensor target) const { return y - target; }
};

}  // namespace

TEST_CASE("a sum gives each term without its weight, then itself") {
  const auto loss = mean_squared_error + 0.5f * l1_activity("enc") + 3 * kl_sparsity("code", 0.1f) + bernoulli;
  LossValues values(model.graph, loss, 5);
  CHECK_FALSE(values.diagnostic());
  CHECK(values.outputs() == Names{"mse", "l1", "sparsity", "bernoulli", "loss"});
  CHECK(values.scalar("loss") == Approx(values.scalar("mse") + 0.5 * values.scalar("l1") +
                                        3 * values.scalar("sparsity") + values.scalar("bernoulli")));
  CHECK(values.scalar("mse") == Approx(LossValues(model.graph, mean_squared_error, 5).scalar("loss")));
  CHECK(values.scalar("l1") == Approx(LossValues(model.graph, l1_activity("enc"), 5).scalar("loss")));
  CHECK(values.scalar("bernoulli") == Approx(LossValues(model.graph, bernoulli, 5).scalar("loss")));
}

TEST_CASE("a sum starts with any term, weighted or not") {
  LossValues values(model.graph, 2.0f * l1_activity("code") + 0.25f * gaussian, 3);
  CHECK(values.outputs() == Names{"l1", "gaussian", "loss"});
  CHECK(values.scalar("loss") == Approx(2 * values.scalar("l1") + 0.25 * values.scalar("gaussian")));
}

TEST_CASE("sums add up however they are bracketed") {
  const auto a = term("a", mean_squared_error), b = term("b", mean_squared_error),
             c = term("c", mean_squared_error), d = term("d", mean_squared_error);
  const auto outputs = [](auto sum) {
    std::string names;
    Builder builder;
    builder.output(sum(builder.input("y", shape_of(batch, 3)), builder.input("t", shape_of(batch, 3))), "loss");
    for (const Node& node : builder.view())
      if (node.op == Op::output) names += node.label.layer;
    return names;
  };
  CHECK(outputs(a + (b + c)) == "abcloss");
  CHECK(outputs((a + b) + (2.0f * c + d)) == "abcdloss");
  CHECK(outputs(2.0f * (a + 3.0f * b)) == "abloss");
}

TEST_CASE("a factor of a sum is one of each term's weight, whatever it is at the step") {
  const auto inner = mean_squared_error + anneal::linear(1.0f, 3.0f, 2) * l1_activity("enc");
  LossValues values(model.graph, 0.5f * inner + 2 * bernoulli, 5);
  for (const double step : {1, 2, 9}) {
    values.run(step);
    const double weight = std::min(step, 3.0);
    CHECK(values.scalar("loss") == Approx(0.5 * values.scalar("mse") + 0.5 * weight * values.scalar("l1") +
                                          2 * values.scalar("bernoulli")));
  }
}

TEST_CASE("one weighted term is a loss that has no terms") {
  LossValues values(model.graph, 2.0f * mean_squared_error, 3);
  CHECK(values.outputs() == Names{"loss"});
  CHECK(values.scalar("loss") == Approx(2 * LossValues(model.graph, mean_squared_error, 3).scalar("loss")));
}

TEST_CASE("weights may change with the step") {
  LossValues values(model.graph, mean_squared_error + anneal::linear(0.0f, 2.0f, 10) * l1_activity("code"), 3);
  for (const auto& [step, weight] : {std::pair{1.0, 0.0}, {6.0, 1.0}, {11.0, 2.0}, {1e30, 2.0}}) {
    values.run(step);
    INFO("step " << step);
    CHECK(values.scalar("loss") == Approx(values.scalar("mse") + weight * values.scalar("l1")));
  }
}

TEST_CASE("terms of the user's own, and other names for those that there are") {
  const auto loss = term("reconstruction", mean_squared_error) + 0.1f * term("largest", Largest{}) +
                    term("first", l1_activity("enc")) + term("second", l1_activity("code"));
  LossValues values(model.graph, loss, 3);
  CHECK_FALSE(values.diagnostic());
  CHECK(values.outputs() == Names{"reconstruction", "largest", "first", "second", "loss"});
  CHECK(values.scalar("loss") == Approx(values.scalar("reconstruction") + 0.1 * values.scalar("largest") +
                                        values.scalar("first") + values.scalar("second")));
  CHECK(values.scalar("reconstruction") == Approx(LossValues(model.graph, mean_squared_error, 3).scalar("loss")));
}

namespace {

template <class Loss>
constexpr Diagnostic mistake_of(Loss loss) {
  return differentiate::training_graph(model.graph, loss, adam{}).diagnostic();
}
constexpr bool names_are_checked() {
  return is(mistake_of(mean_squared_error + mean_squared_error), Mistake::duplicate_name, "mse") &&
         is(mistake_of(bernoulli + l1_activity("enc") + l1_activity("code")), Mistake::duplicate_name, "l1") &&
         is(mistake_of(bernoulli + term("bernoulli", Largest{})), Mistake::duplicate_name, "bernoulli") &&
         is(mistake_of(term("loss", bernoulli) + l1_activity("enc")), Mistake::duplicate_name, "loss") &&
         // A term may be called as a layer is.
         !mistake_of(term("code", bernoulli) + l1_activity("code"));
}
static_assert(names_are_checked());
constexpr bool terms_are_scalars() {
  return is(mistake_of(mean_squared_error + term("difference", NoScalar{})), Mistake::loss_is_not_a_scalar,
            "difference", shape_of(batch, 7), {}) &&
         mistake_of(2.0f * term("difference", NoScalar{})).mistake == Mistake::loss_is_not_a_scalar;
}
static_assert(terms_are_scalars());

constexpr auto many = mean_squared_error + 0.5f * kl_sparsity("code", 0.1f) +
                      anneal::cosine(0.0f, 1.0f, 5) * gaussian_kl("enc", "code") + 2.0f * l1_activity("enc") +
                      bernoulli;
constexpr auto one = anneal::linear(0.0f, 1.0f, 5) * bernoulli;
template <class Loss>
constexpr auto in_the_compiler(Loss loss) {
  return StaticGraph<300>(differentiate::loss_graph(model.graph, loss).view());
}

}  // namespace

TEST_CASE("mistakes in sums") {
  CHECK(names_are_checked());
  CHECK(terms_are_scalars());
}

TEST_CASE("the compiler and the program write the same loss") {
  // Operands in one expression would be written in whichever order a compiler prefers.
  static constexpr auto sum = in_the_compiler(many), weighted = in_the_compiler(one);
  CHECK(same_graph(sum, differentiate::loss_graph(model.graph, many).view()));
  CHECK(same_graph(weighted, differentiate::loss_graph(model.graph, one).view()));
}
