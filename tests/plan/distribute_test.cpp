// One process's step becomes that of one of many: what several of them compute together is what one computes
// alone.
#include <isthmus/plan/stages.hpp>
#include <isthmus/schedule/race_check.hpp>
#include <isthmus/schedule/reduce.hpp>

#include "../../graphs/dense.hpp"
#include "../../graphs/sparse.hpp"
#include "../../graphs/tied.hpp"
#include "plan/image_models.hpp"
#include "plan/meaning.hpp"
#include "plan/sound.hpp"
#include "support/catch.hpp"
#include "support/random_graph.hpp"

#include <algorithm>
#include <numeric>
#include <stdexcept>

using namespace isthmus;
using namespace isthmus::testing;

namespace {

/// Written without the pass's own idea of what is linear: no part of a sum goes into anything but an all_reduce,
/// or what is added up to a larger part; nothing is reduced twice, or without need.
constexpr bool is_distributed(GraphView graph) {
  std::vector<char> part(static_cast<std::size_t>(graph.size), char{0});
  for (int i = 0; i < graph.size; ++i) {
    const Node& node = graph[i];
    bool has_batch = false, of_parts = false, of_others = false;
    for (int k = 0; k < 3 && node.inputs[k] >= 0; ++k) {
      const int in = node.inputs[k];
      has_batch = has_batch || graph[in].shape.has_batch();
      (part.data()[in] != 0 ? of_parts : of_others) = true;
    }
    if (node.op == Op::all_reduce && !of_parts) return false;
    if (of_parts && node.op != Op::all_reduce) {
      const bool adds =
          node.function == &ops::add || node.function == &ops::subtract || node.function == &ops::negate;
      if (of_others || is_sink(node.op) || (node.op == Op::elementwise && !adds)) return false;
      part.data()[i] = 1;
    }
    if (has_batch && !node.shape.has_batch() && !is_sink(node.op)) part.data()[i] = 1;
  }
  return true;
}

/// Members of a bucket of one kind, of which none waits for another.
constexpr bool buckets_are_sound(GraphView graph) {
  for (int i = 0; i < graph.size; ++i) {
    if (graph[i].op != Op::all_reduce) continue;
    std::vector<char> waits(static_cast<std::size_t>(graph.size), char{0});
    waits.data()[i] = 1;
    for (int j = i + 1; j < graph.size; ++j) {
      for (int k = 0; k < 3 && graph[j].inputs[k] >= 0; ++k)
        if (waits.data()[graph[j].inputs[k]] != 0) waits.data()[j] = 1;
      if (graph[j].op != Op::all_reduce || graph[j].attribute != graph[i].attribute) continue;
      if (waits.data()[j] != 0 || (graph[j].shape.rank == 0) != (graph[i].shape.rank == 0)) return false;
    }
  }
  return true;
}

constexpr int bucket_count(GraphView graph) {
  int last = -1;
  for (const Node& node : graph)
    if (node.op == Op::all_reduce) last = std::max(last, static_cast<int>(node.attribute.as<Bucket>()));
  return last + 1;
}

template <class M>
inline constexpr const auto& step_of = plan::source<M, Role::train_distributed>;

// In the compiler, as the library does it.
static_assert(is_distributed(step_of<graphs::Dense>) && buckets_are_sound(step_of<graphs::Dense>));
static_assert(is_sound(plan::planned<graphs::Dense, Role::train_distributed>.view()));
static_assert(!is_distributed(plan::simplify(plan::source<graphs::Dense, Role::train>)));
// The loss, six weights and six biases; in one message for the loss and some for the rest.
static_assert(count_of(step_of<graphs::Dense>, Op::all_reduce) == 13);
static_assert(bucket_count(step_of<graphs::Dense>) == 5);
constexpr plan::PlanView dense_plan = plan::planned<graphs::Dense, Role::train_distributed>.view();
static_assert(groups_with(dense_plan, plan::Anchor::all_reduce) == 5);

Builder of_train(const Builder& step) { return Builder(plan::distribute(plan::simplify(step.view()))); }

/// The results of ranks that compute each node one after the other, with sums over all in the order of the ranks.
Meaning meaning_of_ranks(GraphView graph, const std::vector<int>& shares) {
  const int all = std::accumulate(shares.begin(), shares.end(), 0);
  std::vector<reference::Interpreter> ranks;
  int first = 0;
  for (const int share : shares) {
    reference::Interpreter& rank = ranks.emplace_back(graph, share);
    rank.all_samples = all;
    const auto before = static_cast<std::size_t>(first);
    rank.draw = [before, share](const Node& node, std::size_t e) {
      const auto values = static_cast<std::size_t>(node.shape.elements_per_sample());
      return reference::draw_uniform(node, share > 0 ? before * values + e : e);
    };
    for (int i = 0; i < rank.size(); ++i) {
      const Node& node = rank.node(i);
      if (!is_given(node)) continue;
      const auto values = static_cast<std::size_t>(node.shape.elements_per_sample());
      const std::size_t from = node.op == Op::input ? before * values : 0;
      for (std::size_t e = 0; e < rank[i].values.size(); ++e) rank[i].values[e] = given_value(node, from + e);
    }
    first += share;
  }
  for (int i = 0; i < graph.size; ++i) {
    for (reference::Interpreter& rank : ranks) rank.compute(i, test_step, test_rate);
    if (graph[i].op != Op::all_reduce) continue;
    std::vector<double> sum = ranks[0][i].values;
    for (std::size_t r = 1; r < ranks.size(); ++r)
      for (std::size_t e = 0; e < sum.size(); ++e) sum[e] += ranks[r][i].values[e];
    for (reference::Interpreter& rank : ranks) rank[i].values = sum;
  }
  Meaning meaning;
  ranks[0].commit();
  for (int i = 0; i < graph.size; ++i) {
    const Node& node = graph[i];
    if (!node.shape.has_batch() && (node.op == Op::output || node.op == Op::parameter || node.op == Op::state))
      meaning[full_name(node.label)] = ranks[0][i].values;
  }
  return meaning;
}

Meaning without_samples(Meaning meaning) {
  meaning.erase("y");
  return meaning;
}

void check_step(const Builder& step, double bound) {
  REQUIRE_FALSE(step.diagnostic());
  const Builder distributed = of_train(step);
  CHECK(is_distributed(distributed.view()));
  CHECK(buckets_are_sound(distributed.view()));
  for (const std::vector<int>& shares : {std::vector{2, 3}, std::vector{1, 0, 4}}) {
    const Meaning expected = without_samples(meaning_of(step.view(), 5));
    CHECK(expected.size() > 1);
    CHECK(difference(meaning_of_ranks(distributed.view(), shares), expected) < bound);
  }
  const plan::PlanBuilder made = plan::make_plan(distributed.view());
  CHECK(is_sound(view(made)));
  CHECK(groups_with(view(made), plan::Anchor::all_reduce) == bucket_count(distributed.view()));
  CHECK(written_sinks(view(made)) == sinks_of(distributed.view()));
  CHECK(difference(meaning_of(view(made), 5), meaning_of(step.view(), 5)) < bound);
}

template <class M>
void check_model() {
  check_step(plan::source_graph<M, Role::train>(), 1e-7);
  const Builder distributed = plan::source_graph<M, Role::train_distributed>();
  const plan::PlanBuilder made = plan::make_plan(distributed.view(), plan::rewrites_of<M>());
  const plan::MemoryPlan memory = plan::plan_memory(view(made), 20);
  const schedule::TaskGraph tasks = schedule::reduce(schedule::make_task_graph(view(made), memory, 20));
  for (const int samples : {0, 20}) CHECK_FALSE(schedule::find_race(view(made), memory, tasks, samples, 20));
  // The members of a bucket lie side by side, and their sums where they were.
  for (int g = 0; g < view(made).group_count; ++g) {
    const plan::Group& group = made.groups[static_cast<std::size_t>(g)];
    if (group.anchor != plan::Anchor::all_reduce) continue;
    std::int64_t next = -1;
    for (int i = 0; i < group.operands; ++i) {
      const int from = view(made).operands[group.first_operand + i];
      const int to = view(made).results[group.first_result + i].value;
      const std::int64_t offset = memory.offset[static_cast<std::size_t>(from)];
      CHECK(offset == memory.offset[static_cast<std::size_t>(to)]);
      CHECK((next < 0 || offset == next));
      if (offset >= 0) next = offset + plan::value_bytes(view(made).values[from], 20);
    }
  }
}

/// The loss is divided by the weights of all ranks' samples, which each of them has only a part of.
struct Weighed {
  static constexpr auto model = graph([](Scope& g) {
    auto x = g.input<5>("x");
    auto label = g.condition<3>("label");
    g.target<5>("whole");
    g.weight<5>("mask");
    g.weight<1>("importance");
    auto code = bottleneck(dense<2>(x, "code") + dense<2>(label, "code_label"));
    auto y = dense<5>(code, "out") + dense<5>(label, "out_label");
    return sigmoid(y);
  });
  static constexpr auto training =
      train(model,
            weighted_by("mask", mean_squared_error) +
                0.5f * term("sampled", compare("x", weighted_by("importance", huber(0.5f)))),
            adam{});
};

/// Rows of a table that several samples, of several ranks, have in common; values that move; rows of matrices.
struct Tagged {
  static constexpr auto model = graph([](Scope& g) {
    auto x = g.input<4, 3>("x");
    auto tags = g.condition<2>("tags", indices<5>);
    auto rows = dense<2>(concat(x, slice<1, 2>(x)), "rows", each_row);
    auto code =
        bottleneck(dense<2>(concat(flatten(permute<1, 0>(rows)), flatten(embedding<3>(tags, "table"))), "code"));
    return to_shape<4, 3>(dense<12>(concat(code, flatten(one_hot(tags))), "out"));
  });
  static constexpr auto training = train(model, mean_squared_error, adam{});
};

}  // namespace

TEST_CASE("ranks compute together what one computes alone: models") {
  check_model<Everything>();
  check_model<Digits>();
  check_model<Weighed>();
  check_model<Tagged>();
}

TEST_CASE("ranks compute together what one computes alone: random training steps") {
  for (std::uint32_t seed = 200; seed < 260; ++seed) {
    INFO("seed " << seed);
    check_step(RandomGraph(seed).write(4 + static_cast<int>(seed % 12), true), 1e-6);
  }
}

namespace {

/// A training step of parameter `w` and of a loss that is made of three sums over the batch.
template <class Loss>
Builder step_of_sums(const Loss& loss) {
  Builder b;
  const Tensor x = b.input("x", shape_of(batch, 3));
  const Tensor w = b.parameter("w", shape_of(3));
  const Tensor y = loss(b, sum(x * w), sum(square(x - w)), sum(abs(x + w)));
  b.output(y, "loss");
  const std::vector<Tensor> weights{w};
  b.assign(w, w - differentiate::gradients(y, weights)[0] * 0.1f);
  return b;
}

}  // namespace

TEST_CASE("a product of two sums over the batch is no sum of products") {
  check_step(step_of_sums([](Builder&, Tensor p, Tensor q, Tensor r) { return p * q + r; }), 1e-9);
  // Here no gradient reads the factors as well.
  check_step(step_of_sums([](Builder& b, Tensor p, Tensor q, Tensor r) {
               b.output(p * q, "product");
               return r;
             }),
             1e-9);
}

TEST_CASE("a sum over the batch is sent once if its sum with another one is read as well") {
  check_step(step_of_sums([](Builder&, Tensor p, Tensor q, Tensor r) { return (p + q) * sin(p) + r; }), 1e-9);
  check_step(step_of_sums([](Builder&, Tensor p, Tensor q, Tensor r) { return cos(q) - (p - q) - r; }), 1e-9);
}

TEST_CASE("a tied layer's two gradients are one message") {
  const Builder step = plan::source_graph<graphs::Tied, Role::train_distributed>();
  int weights = 0, parameters = 0;
  for (const Node& node : step.view()) {
    weights += node.op == Op::all_reduce && node.shape.rank == 2;
    parameters += node.op == Op::parameter && node.shape.rank == 2;
  }
  CHECK(weights == parameters);
}

TEST_CASE("buckets are closed when they are full, and what others wait for is alone") {
  const Graph simple = plan::simplify(plan::source<graphs::Sparse, Role::train>);
  CHECK(bucket_count(plan::distribute(simple, 1)) > bucket_count(plan::distribute(simple, 1 << 30)));
  const Graph all = plan::distribute(simple, 1 << 30);
  // The mean activations, on which the gradients depend; scalars; arrays.
  CHECK(bucket_count(all) == 3);
  CHECK(buckets_are_sound(plan::distribute(simple, 1)));
  CHECK(is_distributed(all));
}

TEST_CASE("what ends the batch without a sum cannot be distributed") {
  Builder b;
  const Tensor x = b.input("x", shape_of(batch, 3));
  Node odd;
  odd.op = Op::reshape;
  odd.inputs[0] = x.id;
  odd.shape = shape_of(3);
  b.output(sum(b.emit(odd)), "loss");
  CHECK_THROWS_AS(plan::distribute(b.view()), std::logic_error);
}
