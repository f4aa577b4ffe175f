// The encoder's and the decoder's graphs.
#include <isthmus/declare/images.hpp>
#include <isthmus/declare/training_only.hpp>
#include <isthmus/declare/variational.hpp>
#include <isthmus/plan/rewrites.hpp>
#include <isthmus/plan/split.hpp>

#include "../../graphs/dense.hpp"
#include "plan/meaning.hpp"
#include "plan/sound.hpp"
#include "support/catch.hpp"
#include "support/node_kind.hpp"

#include <set>

using namespace isthmus;
using namespace isthmus::testing;

namespace {

struct Skip {
  static constexpr auto model = graph([](Scope& g) {
    auto x = g.input<7>("x");
    auto h = elu(dense<9>(x, "h"));
    auto code = bottleneck(dense<3>(h + sigmoid(dense<9>(h, "skip")), "code"));
    return dense<7>(code * isthmus::exp(code), "out");
  });
};

constexpr bool has(GraphView graph, Op op, const char* layer) {
  for (const Node& node : graph)
    if (node.op == op && same_text(node.label.layer, layer)) return true;
  return false;
}
static_assert(has(plan::encoder_graph(Skip::model.graph), Op::output, "code"));
static_assert(!has(plan::encoder_graph(Skip::model.graph), Op::parameter, "out"));
static_assert(has(plan::decoder_graph(Skip::model.graph), Op::input, "code"));
static_assert(!has(plan::decoder_graph(Skip::model.graph), Op::input, "x"));
static_assert(!has(plan::decoder_graph(Skip::model.graph), Op::parameter, "h"));
static_assert(parameter_count(plan::encoder_graph(graphs::Dense::model.graph)) +
                  parameter_count(plan::decoder_graph(graphs::Dense::model.graph)) ==
              graphs::Dense::model.parameters());

std::set<std::string> parameters(GraphView graph) {
  std::set<std::string> names;
  for (const Node& node : graph)
    if (node.op == Op::parameter) names.insert(full_name(node.label));
  return names;
}

}  // namespace

TEST_CASE("no parameter is in both halves, and none is lost") {
  for (const GraphView model : {GraphView(Skip::model.graph), GraphView(graphs::Dense::model.graph)}) {
    const auto first = parameters(plan::encoder_graph(model)), second = parameters(plan::decoder_graph(model));
    std::set<std::string> both = first;
    both.insert(second.begin(), second.end());
    CHECK(both == parameters(model));
    CHECK(both.size() == first.size() + second.size());
  }
}

TEST_CASE("one half after the other gives what the whole gives") {
  constexpr int samples = 5;
  const GraphView model = Skip::model.graph;
  const Graph front = plan::encoder_graph(model), back = plan::decoder_graph(model);
  reference::Interpreter encode(front, samples), decode(back, samples), whole(model, samples);
  for (reference::Interpreter* each : {&encode, &decode, &whole})
    for (int i = 0; i < each->size(); ++i)
      if (is_given(each->node(i)))
        for (std::size_t e = 0; e < (*each)[i].values.size(); ++e)
          (*each)[i].values[e] = given_value(each->node(i), e);
  encode.run();
  for (int i = 0; i < encode.size(); ++i)
    if (encode.node(i).op == Op::output) decode.named("code").values = encode[i].values;
  decode.run();
  whole.run();
  CHECK(decode.named("reconstruction").values == whole.named("reconstruction").values);
}

namespace {

/// A model whose layers before the code are these.
template <class Layers>
constexpr Graph corruption_of(Layers layers) {
  Scope b;
  const Tensor x = b.input<4, 3, 2>("image");
  b.output(dense<24>(b.bottleneck(dense<2>(flatten(layers(x)), "code")), "out"), "reconstruction");
  Graph graph;
  if (!b.diagnostic()) graph = plan::corruption_graph(b.view());
  return graph;
}
/// Whether the graph's output is computed by this operation, without weights.
constexpr bool ends_in(const Graph& graph, NodeKind kind) {
  const Node& output = graph.nodes.back();
  return output.op == Op::output && same_text(output.label.layer, "corrupted") &&
         output.shape == shape_of(batch, 4, 3, 2) && kind.matches(graph.nodes.data()[output.inputs[0]]) &&
         count_of(graph, Op::parameter) == 0;
}
constexpr auto half = [](Tensor x) { return x * 0.5f; };
constexpr declare::Function halved(half);

// Every corruption, with or without the clipping that belongs to it.
static_assert(ends_in(corruption_of(gaussian_noise(0.5f)), Op::by_mode));
static_assert(ends_in(corruption_of(masking_noise(0.5f)), Op::by_mode));
static_assert(ends_in(corruption_of(salt_and_pepper(0.5f)), Op::by_mode));
static_assert(ends_in(corruption_of(gaussian_noise(0.5f) | clip(0, 1)), ops::minimum));
static_assert(ends_in(corruption_of(salt_and_pepper(0.5f) | clip(0, 1)), ops::minimum));
// The last of them, and what was done to the data before.
static_assert(ends_in(corruption_of(masking_noise(0.5f) | gaussian_noise(0.5f)), Op::by_mode));
static_assert(count_of(corruption_of(masking_noise(0.5f) | gaussian_noise(0.5f)), Op::random) == 2);
static_assert(ends_in(corruption_of(halved | gaussian_noise(0.5f)), Op::by_mode));
// Operations after the corruption are not part of it, and dropout is no corruption of the data.
static_assert(ends_in(corruption_of(gaussian_noise(0.5f) | halved), Op::by_mode));
static_assert(ends_in(corruption_of(gaussian_noise(0.5f) | dropout(0.5f)), Op::by_mode));
static_assert(count_of(corruption_of(gaussian_noise(0.5f) | dropout(0.5f)), Op::by_mode) == 1);
// Without corruption, or behind a layer of weights, the data itself.
static_assert(ends_in(corruption_of(halved), Op::input) && ends_in(corruption_of(dropout(0.5f)), Op::input));
static_assert(ends_in(corruption_of(clip(0, 1)), Op::input));
static_assert(ends_in(corruption_of(conv2d<2, 3>("c") | gaussian_noise(0.5f)), Op::input));

}  // namespace

TEST_CASE("what training makes of the data is the corruption alone") {
  CHECK(ends_in(corruption_of(gaussian_noise(0.5f) | clip(0, 1)), ops::minimum));
  CHECK(ends_in(corruption_of(salt_and_pepper(0.5f)), Op::by_mode));
  CHECK(ends_in(corruption_of(conv2d<2, 3>("c") | gaussian_noise(0.5f)), Op::input));

  constexpr int samples = 4;
  const Graph graph = corruption_of(masking_noise(0.5f) | clip(-0.25f, 1));
  reference::Interpreter values(graph, samples);
  values.draw = [](const Node&, std::size_t e) { return e % 3 == 0 ? 0.25 : 0.75; };
  for (std::size_t e = 0; e < values.named("image").values.size(); ++e)
    values.named("image").values[e] = e % 2 == 0 ? -1 : 0.125 * static_cast<double>(e % 5);
  values.run();
  for (std::size_t e = 0; e < values.named("image").values.size(); ++e) {
    const double kept = e % 3 == 0 ? 0 : std::max(-0.25, values.named("image").values[e]);
    CHECK(values.named("corrupted").values[e] == kept);
  }
}

TEST_CASE("both halves of a model with corruption, dropout and batch norms are there") {
  Scope b;
  const Tensor x = b.input<4, 3, 2>("image");
  const auto front = gaussian_noise(0.5f) | conv2d<3, 3>("c") | batch_norm("bn1") | dropout(0.5f);
  const Tensor code = b.bottleneck(dense<2>(flatten(front(x)), "code"));
  b.output(batch_norm(dense<24>(code, "out"), "bn2"), "reconstruction");
  const Graph model = plan::resolve_modes(b.view(), false, false);
  const Graph encoder = plan::encoder_graph(model), decoder = plan::decoder_graph(model);
  CHECK(count_of(encoder, Op::random) + count_of(decoder, Op::random) == 0);
  const auto first = parameters(encoder), second = parameters(decoder);
  CHECK(first.size() + second.size() == parameters(b.view()).size());
  CHECK(first.contains("bn1.mean"));
  CHECK(second.contains("bn2.variance"));
}

namespace {

/// Statistics before the code and behind it, and something beside the code.
constexpr auto drawn_code = graph([](Scope& g) {
  auto h = batch_norm(dense<6>(g.input<7>("x"), "h"), "bn1");
  auto mu = dense<3>(h, "mu");
  auto log_var = dense<3>(h, "log_var");
  auto z = bottleneck(reparameterize(mu, log_var));
  return dense<7>(batch_norm(dense<6>(z, "dec"), "bn2"), "out");
});
constexpr Graph resolved(bool with_loss, bool trains) {
  return plan::resolve_modes(drawn_code.graph, with_loss, trains);
}
constexpr bool sinks_are(const Graph& graph, int outputs, int side_outputs, int assigns) {
  return count_of(graph, Op::output) == outputs && count_of(graph, Op::side_output) == side_outputs &&
         count_of(graph, Op::assign) == assigns;
}
static_assert(sinks_are(resolved(false, false), 1, 1, 0) && sinks_are(resolved(true, true), 1, 1, 4));
// Whether training or not, only the encoder gives what is beside the code.
static_assert(sinks_are(plan::encoder_graph(resolved(false, false)), 1, 1, 0));
static_assert(sinks_are(plan::decoder_graph(resolved(false, false)), 1, 0, 0));
static_assert(sinks_are(plan::whole_graph(resolved(false, false)), 1, 0, 0));
static_assert(sinks_are(plan::encoder_graph(drawn_code.graph), 1, 1, 2));
static_assert(sinks_are(plan::whole_graph(drawn_code.graph), 1, 0, 4));
// The whole needs no deviation, and an encoder nothing of the decoder.
static_assert(has(plan::encoder_graph(resolved(false, false)), Op::parameter, "log_var"));
static_assert(has(plan::encoder_graph(resolved(false, false)), Op::side_output, "log_var"));
static_assert(!has(plan::encoder_graph(resolved(false, false)), Op::parameter, "dec"));
static_assert(!has(plan::whole_graph(resolved(false, false)), Op::parameter, "log_var"));
static_assert(!has(plan::decoder_graph(resolved(false, false)), Op::parameter, "mu"));

constexpr auto tied_halves = autoencoder(encoder(input<7>("x"), dense<5>("h") | elu), bottleneck(dense<3>("code")),
                                         decoder(dense<5>("dec", tied("code")) | elu, dense<7>("out", tied("h"))));

}  // namespace

TEST_CASE("what goes beside the code is the encoder's alone") {
  const Graph used = resolved(false, false);
  CHECK(sinks_are(plan::encoder_graph(used), 1, 1, 0));
  CHECK(sinks_are(plan::decoder_graph(used), 1, 0, 0));
  CHECK(sinks_are(plan::whole_graph(used), 1, 0, 0));
  CHECK(parameters(plan::whole_graph(used)) ==
        std::set<std::string>{"h.weight", "h.bias", "bn1.scale", "bn1.shift", "bn1.mean", "bn1.variance",
                              "mu.weight", "mu.bias", "dec.weight", "dec.bias", "bn2.scale", "bn2.shift",
                              "bn2.mean", "bn2.variance", "out.weight", "out.bias"});
  // Every plan of these has all of its outputs.
  const Graph graphs[] = {plan::encoder_graph(used), plan::decoder_graph(used), plan::whole_graph(used)};
  for (const Graph& graph : graphs)
    CHECK(difference(meaning_of(plan::simplify(graph), 3), meaning_of(graph, 3)) < 1e-12);
}

TEST_CASE("weights that are tied across the bottleneck are in both halves") {
  const auto first = parameters(plan::encoder_graph(tied_halves.graph)),
             second = parameters(plan::decoder_graph(tied_halves.graph));
  CHECK(first == std::set<std::string>{"h.weight", "h.bias", "code.weight", "code.bias"});
  CHECK(second == std::set<std::string>{"h.weight", "code.weight", "dec.bias", "out.bias"});
}
