// Gradients of what a loss may be made of: likelihoods, penalties, the contraction, tied weights, clipping.
#include <isthmus/declare.hpp>
#include <isthmus/differentiate/training.hpp>

#include "declare/loss_values.hpp"
#include "differentiate/loss_error.hpp"
#include "support/catch.hpp"

using namespace isthmus;
using namespace isthmus::testing;

namespace {

constexpr double bound = 1e-4;

constexpr auto rows = graph([](Scope& g) {
  auto h = isthmus::tanh(dense<5>(g.input<7>("x"), "h") * 0.3f);
  auto mu = dense<3>(h, "mu");
  auto log_var = dense<3>(h, "log_var");
  auto code = bottleneck(sigmoid(dense<5>(mu + 0.1f * log_var, "code")));
  return sigmoid(dense<7>(code, "out"));
});
constexpr auto images = autoencoder(encoder(input<3, 4, 2>("x")), bottleneck(conv2d<2, 3>("code") | sigmoid),
                                    decoder(conv2d<2, 3>("out")));

}  // namespace

TEST_CASE("gradients of the likelihoods and of the penalties") {
  for (const int samples : {1, 3}) {
    INFO("batch " << samples);
    CHECK(error_of(rows.graph, bernoulli, samples, Range::positive) < bound);
    CHECK(error_of(rows.graph, gaussian, samples) < bound);
    CHECK(error_of(rows.graph, l1_activity("h"), samples) < bound);
    CHECK(error_of(rows.graph, kl_sparsity("code", 0.1f), samples) < bound);
    CHECK(error_of(rows.graph, gaussian_kl("mu", "log_var"), samples) < bound);
    CHECK(error_of(images.graph, kl_sparsity("code", 0.3f), samples) < bound);
    CHECK(error_of(images.graph, l1_activity("code"), samples) < bound);
  }
}

TEST_CASE("the gradient of a sum with weights") {
  const auto loss =
      gaussian + 0.5f * kl_sparsity("code", 0.1f) + anneal::linear(2, 0, 10) * gaussian_kl("mu", "log_var");
  CHECK(error_of(rows.graph, loss) < bound);
}

namespace {

constexpr auto sigmoid_code =
    autoencoder(encoder(input<7>("x")), bottleneck(dense<5>("code") | sigmoid), decoder(dense<7>("out")));
constexpr auto deep_code = autoencoder(encoder(input<7>("x"), dense<9>("h") | isthmus::tanh),
                                       bottleneck(dense<3>("code") | elu), decoder(dense<7>("out")));
constexpr auto flat_code = autoencoder(
    encoder(input<3, 5, 1>("x")), bottleneck(conv2d<1, 3>("code") | isthmus::tanh), decoder(conv2d<1, 3>("out")));
constexpr auto pooled_code =
    autoencoder(encoder(input<4, 4, 2>("x"), conv2d<3, 3>("enc") | isthmus::tanh | max_pool<2>, flatten),
                bottleneck(dense<3>("code") | swish), decoder(dense<32>("out"), to_shape<4, 4, 2>));

constexpr auto penalty = [](Builder& b) {
  const Tensor x = b.input("x", shape_of(batch, 5));
  b.in_layer("code");
  const Tensor code = b.unary(ops::sigmoid, matmul(x, b.parameter("w", shape_of(5, 3))));
  b.in_layer("out");
  const Tensor y = matmul(code, b.parameter("w", shape_of(3, 5)));
  return contraction("code")(y, x);
};
static_assert(gradients_have_shapes(penalty));

}  // namespace

TEST_CASE("the contraction of one sigmoid layer is what its formula says") {
  for (const int samples : {1, 2, 5}) {
    LossValues values(sigmoid_code.graph, contraction("code"), samples);
    const std::vector<double> h = values.layer("code"), weight = values.named("code.weight");
    double expected = 0;
    for (std::size_t i = 0; i < h.size(); ++i) {
      const std::size_t unit = i % 5;
      double squares = 0;
      for (std::size_t k = 0; k < 7; ++k) squares += weight[k * 5 + unit] * weight[k * 5 + unit];
      expected += std::pow(h[i] * (1 - h[i]), 2) * squares / samples;
    }
    CHECK(values.scalar("loss") == Approx(expected).epsilon(1e-10));
  }
}

TEST_CASE("the contraction of any code is the squared Jacobian by central differences") {
  const GraphView models[] = {deep_code.graph, images.graph, pooled_code.graph};
  for (const GraphView model : models) {
    constexpr int samples = 2;
    LossValues values(model, contraction("code"), samples);
    const double found = values.scalar("loss");
    std::vector<double>& x = values.named("x");
    const double h = 1e-5;
    double expected = 0;
    for (double& value : x) {
      const double kept = value;
      value = kept + h;
      values.run(1);
      const std::vector<double> above = values.layer("code");
      value = kept - h;
      values.run(1);
      for (std::size_t i = 0; i < above.size(); ++i)
        expected += std::pow((above[i] - values.layer("code")[i]) / (2 * h), 2) / samples;
      value = kept;
    }
    CHECK(expected > 1e-3);
    CHECK(found == Approx(expected).epsilon(1e-7));
  }
}

TEST_CASE("a contraction can be trained: rows and images, one layer and several") {
  for (const int samples : {1, 3}) {
    INFO("batch " << samples);
    CHECK(error_of(sigmoid_code.graph, contraction("code"), samples) < bound);
    CHECK(error_of(deep_code.graph, contraction("code"), samples) < bound);
    CHECK(error_of(flat_code.graph, contraction("code"), samples) < bound);
  }
  CHECK(error_of(images.graph, contraction("code"), 2) < bound);
  CHECK(error_of(pooled_code.graph, contraction("code"), 2) < bound);
  const auto both = gaussian + 0.5f * contraction("code") + 0.1f * term("h", contraction("h"));
  CHECK(error_of(deep_code.graph, both) < bound);
}

namespace {

constexpr auto tied_rows = autoencoder(
    encoder(input<7>("x"), dense<5>("h") | isthmus::tanh), bottleneck(dense<3>("code") | isthmus::tanh),
    decoder(dense<5>("dec", tied("code")) | isthmus::tanh, dense<7>("out", tied("h"))));
constexpr auto tied_images =
    autoencoder(encoder(input<4, 6, 2>("x")), bottleneck(conv2d<3, 3>("code", stride(2)) | isthmus::tanh),
                decoder(conv2d_transpose<2, 3>("out", stride(2), tied("code"))));
constexpr auto free_rows = autoencoder(encoder(input<7>("x")), bottleneck(dense<3>("code") | isthmus::tanh),
                                       decoder(dense<7>("out", no_bias)));
constexpr auto bound_rows = autoencoder(encoder(input<7>("x")), bottleneck(dense<3>("code") | isthmus::tanh),
                                        decoder(dense<7>("out", no_bias, tied("code"))));

/// The gradient of the squared error in a weight; that of the decoder is the encoder's, transposed.
std::vector<double> gradient_in(GraphView model, const char* layer) {
  Builder b = differentiate::loss_graph(model, mean_squared_error);
  const Tensor loss = b.tensor(b[b.size() - 1].inputs[0]);
  std::vector<Tensor> weights;
  for (int i = 0; i < b.size(); ++i)
    if (b[i].label == Label{layer, "weight", ""} && b[i].op == Op::parameter) weights.push_back(b.tensor(i));
  const auto gradient = differentiate::gradients(loss, weights);
  reference::Interpreter values(b.view(), 4);
  fill_leaves(values, Range::signed_values);
  const std::vector<double>& weight = values.named("code.weight").values;
  for (int i = 0; i < b.size(); ++i)
    if (b[i].label == Label{"out", "weight", ""} && b[i].op == Op::parameter)
      for (std::size_t k = 0; k < 21; ++k) values[i].values[k % 3 * 7 + k / 3] = weight[k];
  values.run();
  return values[gradient.at(0).id].values;
}

}  // namespace

TEST_CASE("the gradient of tied weights, dense and of convolutions") {
  CHECK(error_of(tied_rows.graph, mean_squared_error) < bound);
  CHECK(error_of(tied_rows.graph, mean_squared_error + 0.1f * contraction("code")) < bound);
  CHECK(error_of(tied_images.graph, mean_squared_error, 2) < bound);
}

TEST_CASE("the gradient of tied weights is the sum of that of both uses") {
  const auto both = gradient_in(bound_rows.graph, "code");
  const auto first = gradient_in(free_rows.graph, "code"), second = gradient_in(free_rows.graph, "out");
  for (std::size_t k = 0; k < 21; ++k)
    CHECK(both[k] == Approx(first[k] + second[k % 3 * 7 + k / 3]).epsilon(1e-10));
}

namespace {

/// Two gradients, the first of them with these values, clipped.
std::vector<double> clipped(const std::vector<double>& first, double second, float largest) {
  Builder b;
  const Tensor g = b.input("g", shape_of(2, 2)), h = b.input("h", shape_of(1));
  std::vector<Tensor> gradients{g, h};
  differentiate::clip_by_norm(gradients, largest);
  reference::Interpreter values(b.view(), 1);
  values[g.id].values = first;
  values[h.id].values = {second};
  values.run();
  std::vector<double> result = values[gradients[0].id].values;
  result.push_back(values[gradients[1].id].values[0]);
  return result;
}
double norm(const std::vector<double>& values) {
  double squares = 0;
  for (const double value : values) squares += value * value;
  return std::sqrt(squares);
}
constexpr bool clipping_keeps_shapes() {
  Builder b;
  std::vector<Tensor> gradients{b.input("g", shape_of(3, 5)), b.input("h", shape_of(7)),
                                b.input("k", shape_of(3, 3, 2, 1))};
  differentiate::clip_by_norm(gradients, 1);
  std::vector<Tensor> none;
  differentiate::clip_by_norm(none, 1);
  return gradients[0].shape() == shape_of(3, 5) && gradients[1].shape() == shape_of(7) &&
         gradients[2].shape() == shape_of(3, 3, 2, 1) && !b.diagnostic();
}
static_assert(clipping_keeps_shapes());

}  // namespace

TEST_CASE("gradients are clipped to a norm, all of them together") {
  CHECK(clipping_keeps_shapes());
  const std::vector<double> g{1, -2, 0.5, 4};
  CHECK(clipped(g, 2, 16) == std::vector<double>{1, -2, 0.5, 4, 2});
  const auto shorter = clipped(g, 2, 0.25f);
  CHECK(norm(shorter) == Approx(0.25).epsilon(1e-12));
  for (std::size_t i = 0; i < 4; ++i) CHECK(shorter[i] == Approx(g[i] * shorter[0]));
  CHECK(shorter[4] == Approx(2 * shorter[0]));
  CHECK(clipped({0, 0, 0, 0}, 0, 0.25f) == std::vector<double>(5, 0.0));
  CHECK(clipped({0, 3, 0, 0}, 4, 5) == std::vector<double>{0, 3, 0, 0, 4});
}

TEST_CASE("a training step moves by the clipped gradient") {
  static_assert(train(tied_rows, mean_squared_error, sgd{}, clip_norm{0.5f}).clip_norm == 0.5f);
  static_assert(train(tied_rows, mean_squared_error, sgd{}).clip_norm == 0);
  const auto moved = [](float largest) {
    const Builder b = differentiate::training_graph(tied_rows.graph, mean_squared_error, sgd{1.0f}, largest);
    reference::Interpreter values(b.view(), 3);
    fill_leaves(values, Range::signed_values);
    values.run(1, 1);
    double squares = 0;
    for (int i = 0; i < b.size(); ++i)
      if (b[i].op == Op::assign)
        for (std::size_t e = 0; e < values[i].values.size(); ++e)
          squares += std::pow(values[b[i].inputs[1]].values[e] - values[b[i].inputs[0]].values[e], 2);
    return std::sqrt(squares);
  };
  const double free = moved(0);
  CHECK(free > 0.5);
  CHECK(moved(0.125f) == Approx(0.125).epsilon(1e-9));
  CHECK(moved(1e6f) == Approx(free).epsilon(1e-12));
}
