// A model's layers, and what reads what.
#include <isthmus/declare/images.hpp>
#include <isthmus/declare/normalization.hpp>
#include <isthmus/declare/training_only.hpp>
#include <isthmus/declare/variational.hpp>
#include <isthmus/dump.hpp>
#include <isthmus/plan/layers.hpp>

#include "../../graphs/denoising.hpp"
#include "../../graphs/dense.hpp"
#include "../../graphs/tied.hpp"
#include "../../graphs/variational.hpp"
#include "support/catch.hpp"

#include <numeric>
#include <string>

using namespace isthmus;
using plan::Layer;
using plan::Side;

namespace {

struct Residual {
  static constexpr auto model = graph([](Scope& g) {
    auto x = g.input<20>("x");
    auto h = isthmus::tanh(dense<16>(x, "h1"));
    h = relu(h + isthmus::tanh(dense<16>(h, "h2")));
    return dense<20>(relu(bottleneck(dense<3>(h, "code"))), "out");
  });
};

struct Normalized {
  static constexpr auto model =
      autoencoder(encoder(input<20>("x"), dense<16>("h") | batch_norm("bn") | relu | dropout(0.5f),
                          dense<8>("g") | layer_norm("ln")),
                  bottleneck(dense<3>("code")), decoder(dense<20>("out")));
};

/// `name: step, step <- inputs`, for each layer.
std::vector<std::string> texts(GraphView graph) {
  std::vector<std::string> list;
  const std::vector<Layer> layers = plan::layers_of(graph);
  for (const Layer& layer : layers) {
    std::string text = std::string(layer.name) + ':';
    for (const int step : layer.steps) text += ' ' + step_name(graph[step]);
    if (!layer.inputs.empty()) text += " <-";
    for (const int input : layer.inputs) text += ' ' + std::to_string(input);
    list.push_back(text);
  }
  return list;
}

std::int64_t parameters(GraphView graph) {
  const std::vector<Layer> layers = plan::layers_of(graph);
  return std::accumulate(layers.begin(), layers.end(), std::int64_t{0},
                         [](std::int64_t sum, const Layer& layer) { return sum + layer.parameters; });
}

using List = std::vector<std::string>;

// In the compiler as well.
static_assert(plan::layers_of(graphs::Dense::model.graph).size() == 7);
static_assert(plan::layers_of(graphs::Dense::model.graph)[3].side == Side::code);

}  // namespace

TEST_CASE("the layers of a chain are those that were declared") {
  CHECK(texts(graphs::Dense::model.graph) == List{"image: input", "enc1: dense elu <- 0", "enc2: dense elu <- 1",
                                                  "code: dense <- 2", "dec1: dense elu <- 3",
                                                  "dec2: dense elu <- 4", "dec3: dense sigmoid <- 5"});
  const std::vector<Layer> layers = plan::layers_of(graphs::Dense::model.graph);
  CHECK(layers[1].parameters == 784 * 512 + 512);
  CHECK(layers[1].shape == shape_of(batch, 512));
  CHECK(layers[2].side == Side::encoder);
  CHECK(layers[3].side == Side::code);
  CHECK(layers[4].side == Side::decoder);
}

TEST_CASE("what only training does is one step, and what it takes is read") {
  const List denoising = texts(graphs::Denoising::model.graph);
  CHECK(denoising[0] == "image: input corrupted in training maximum minimum");
  CHECK(denoising[1] == "enc1: conv2d 3 × 3 relu max_pool 2 × 2 by 2 × 2 <- 0");
  CHECK(denoising[4] == "dec1: conv2d 3 × 3 relu nearest upsampled by 2 <- 3");
  CHECK(plan::layers_of(graphs::Denoising::model.graph)[1].shape == shape_of(batch, 14, 14, 32));
  const List variational = texts(graphs::Variational::model.graph);
  CHECK(variational[2] == "mu: dense <- 1");
  CHECK(variational[3] == "log_var: dense <- 1");
  // In use the code is its mean.
  CHECK(variational[4] == "z: sampled in training <- 2 3");
  CHECK(plan::layers_of(graphs::Variational::model.graph)[3].side == Side::encoder);
}

TEST_CASE(
    "a skip connection that joins behind weights begins a layer, and so does what is behind the bottleneck") {
  CHECK(texts(Residual::model.graph) == List{"x: input", "h1: dense tanh <- 0", "h2: dense tanh <- 1",
                                             "h2: add relu <- 1 2", "code: dense <- 3", "code: relu <- 4",
                                             "out: dense <- 5"});
  CHECK(plan::layers_of(Residual::model.graph)[4].side == Side::code);
  CHECK(plan::layers_of(Residual::model.graph)[5].side == Side::decoder);
}

TEST_CASE("normalization and dropout are no skip connections") {
  const std::vector<Layer> layers = plan::layers_of(Normalized::model.graph);
  std::vector<std::string> names;
  for (const Layer& layer : layers) names.emplace_back(layer.name);
  CHECK(names == List{"x", "h", "bn", "g", "ln", "code", "out"});
  CHECK(layers[2].parameters == 2 * 16);  // The statistics are not trained.
  CHECK(layers[4].parameters == 2 * 8);
}

TEST_CASE("tied weights belong to the first layer that has them, and all is counted once") {
  const std::vector<Layer> layers = plan::layers_of(graphs::Tied::model.graph);
  REQUIRE(layers.size() == 5);
  CHECK(layers[4].parameters == 784);
  REQUIRE(layers[4].shared.size() == 1);
  CHECK(node_name(GraphView(graphs::Tied::model.graph)[layers[4].shared[0]]) == "enc1.weight");
  for (const GraphView graph : {GraphView(graphs::Tied::model.graph), GraphView(graphs::Dense::model.graph),
                                GraphView(Residual::model.graph), GraphView(Normalized::model.graph)})
    CHECK(parameters(graph) == parameter_count(graph));
}
