// Data that are drawn from grey values: what is written, what a loss compares with, and what is left in use.
#include "declare/words.hpp"
#include "support/catch.hpp"

#include <isthmus/declare.hpp>
#include <isthmus/differentiate/training.hpp>
#include <isthmus/plan/rewrites.hpp>
#include <isthmus/plan/split.hpp>

using namespace isthmus;
using namespace isthmus::testing;

namespace {

template <class Word>
constexpr bool is_written(Word word, bool fixed_numbers) {
  const Written w = write<5>(word);
  const GraphView g = w.graph;  // x, random, greater, by_mode
  return g.size == 4 && !w.diagnostic && g[1].op == Op::random &&
         g[1].attribute.as<Distribution>() == Distribution::uniform && g[1].fixed == fixed_numbers &&
         g[1].label == Label{"x", "binarization", ""} && g[2].function == &ops::greater && g[2].inputs[0] == 0 &&
         g[2].inputs[1] == 1 && g[3].op == Op::by_mode && g[3].attribute.as<Mode>() == Mode::corruption &&
         g[3].inputs[0] == 2 && g[3].inputs[1] == 0;
}
static_assert(is_written(binarize, false) && is_written(binarize(fixed), true));
static_assert(same_in_all_notations<5>(binarize, [](Tensor x) { return binarize(x); }));

constexpr auto model = autoencoder(encoder(input<5>("x"), binarize, masking_noise(0.5f)),
                                   bottleneck(dense<2>("code")), decoder(dense<5>("out") | sigmoid));
static_assert(!model.diagnostic);

constexpr bool is_drawn(const Node& node, GraphView graph) {
  return node.function == &ops::greater && is_binarization(graph[node.inputs[1]]);
}

/// A loss compares with what was drawn, not with the grey values, nor with what noise makes of either: by itself,
/// and where the input is named.
template <class Loss>
constexpr bool compares_with_drawn(const Loss& loss) {
  const Builder b = differentiate::loss_graph(plan::resolve_modes(model.graph, true, true), loss);
  const GraphView g = b.view();
  int read = 0;
  for (const Node& node : g)
    if (node.function == &ops::subtract && same_text(node.label.layer, "loss"))
      read += is_drawn(g[node.inputs[1]], g);
  return !b.diagnostic() && read == 1;
}
static_assert(compares_with_drawn(mean_squared_error) && compares_with_drawn(compare("x", mean_squared_error)));

constexpr int count_of(const Graph& graph, Op op) {
  int count = 0;
  find_only(graph, op, count);
  return count;
}
/// In use nothing is drawn; in evaluation the data belong to the sample, other noise to the draw.
constexpr bool are_fixed(bool trains, bool expected) {
  const Graph graph = plan::resolve_modes(model.graph, true, trains);
  for (const Node& node : graph.nodes)
    if (node.op == Op::random && node.fixed != (expected && is_binarization(node))) return false;
  return count_of(graph, Op::random) == 2;
}
static_assert(are_fixed(true, false) && are_fixed(false, true));
static_assert(count_of(plan::resolve_modes(model.graph, false, false), Op::random) == 0);
/// The role `corrupt` shows what the encoder reads.
static_assert(count_of(plan::corruption_graph(model.graph), Op::random) == 2);

constexpr bool must_be_data() {
  const auto behind = [](Tensor x) { return binarize(dense<4>(x, "h")); };
  const Written w = write<7>(behind);
  return is(w.diagnostic, Mistake::binarizes_no_input, "h", shape_of(batch, 4), {});
}
static_assert(must_be_data());

}  // namespace

TEST_CASE("binarized data: drawn by the grey values") {
  CHECK(is_written(binarize, false));
  CHECK(is_written(binarize(fixed), true));
}

TEST_CASE("binarized data are what a loss compares with") {
  CHECK(compares_with_drawn(mean_squared_error));
  CHECK(compares_with_drawn(compare("x", mean_squared_error)));
}

TEST_CASE("binarized data belong to the sample where nothing is trained, and only an input can be") {
  CHECK(are_fixed(true, false));
  CHECK(are_fixed(false, true));
  CHECK(must_be_data());
}
