// The encoder's and the decoder's graphs.
#include <isthmus/plan/split.hpp>

#include "../../graphs/dense.hpp"
#include "plan/meaning.hpp"
#include "support/catch.hpp"

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
    if (node.op == Op::parameter) names.insert(run::full_name(node.label));
  return names;
}

}  // namespace

TEST_CASE("no parameter is in both halves, and none is lost") {
  for (const GraphView model : {GraphView(Skip::model.graph), GraphView(graphs::Dense::model.graph)}) {
    const auto first = parameters(plan::encoder_graph(model)),
               second = parameters(plan::decoder_graph(model));
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
