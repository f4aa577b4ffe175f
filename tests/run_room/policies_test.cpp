// Real training steps under every policy: the same bits, and traces that keep the graph's order.
#include <isthmus/schedule/policy.hpp>
#include <isthmus/schedule/rank.hpp>

#include "run_room/family_models.hpp"
#include "run_room/flow_graph_visible.hpp"
#include "run_room/image_models.hpp"
#include "run_room/models.hpp"
#include "run_room/sessions.hpp"
#include "support/catch.hpp"
#include "support/task_graphs.hpp"

#include <oneapi/tbb/global_control.h>
#include <oneapi/tbb/task_arena.h>

#include <algorithm>
#include <map>

using namespace isthmus;
using namespace isthmus::testing;

namespace {

using Tensors = std::vector<NamedTensor>;

constexpr int samples = 65, steps = 4;

template <class M>
void follow(TrainerCore& trainer, const schedule::NamedPolicy& policy, int workers) {
  const schedule::TaskGraph& graph = trainer.training_session().executor().graph();
  schedule::Costs costs = schedule::estimate_costs(graph);
  schedule::add_memory(costs, trainer.training_session().program().plan, graph, trainer.max_batch());
  trainer.follow(schedule::make_schedule(policy, graph, costs, workers));
}

template <class M>
void check_bits() {
  const tbb::global_control allow(tbb::global_control::max_allowed_parallelism, 4);
  const std::vector<float> x = samples_of<M>(samples);
  const auto train = [&](TrainerCore& trainer) {
    for (int step = 0; step < steps; ++step) trainer.step(x);
    return trainer.read(true);
  };
  TrainerCore plain = trainer_of<M>(samples);
  plain.set_threads(Threads::none());
  const Tensors expected = train(plain);
  for (const schedule::NamedPolicy& policy : schedule::policies()) {
    if (policy.name == "flow_graph" && !is_flow_graph_visible) continue;
    for (const int workers : {1, 2, 4}) {
      INFO(policy.name << " for " << workers);
      TrainerCore trainer = trainer_of<M>(samples);
      follow<M>(trainer, policy, workers);
      tbb::task_arena arena(workers);
      CHECK(same_bits(arena.execute([&] { return train(trainer); }), expected));
    }
  }
}

}  // namespace

TEST_CASE("every policy gives the bits of one thread: several tiles") { check_bits<Wide>(); }
TEST_CASE("every policy gives the bits of one thread: skips") { check_bits<Expression>(); }
TEST_CASE("every policy gives the bits of one thread: a drawn code, clipped gradients") {
  check_bits<Variational>();
}
TEST_CASE("every policy gives the bits of one thread: images") { check_bits<Noisy>(); }
TEST_CASE("every policy gives the bits of one thread: sequences") { check_bits<Attentive>(); }

TEST_CASE("in a trace no task starts before those that it needs have ended, and no worker does two at once") {
  const tbb::global_control allow(tbb::global_control::max_allowed_parallelism, 2);
  tbb::task_arena arena(2);
  const std::vector<float> x = samples_of<Wide>(300);
  for (const schedule::NamedPolicy& policy : schedule::policies()) {
    if (policy.name == "flow_graph" && !is_flow_graph_visible) continue;
    INFO(policy.name);
    TrainerCore trainer = trainer_of<Wide>(300);
    follow<Wide>(trainer, policy, 2);
    const schedule::TaskGraph& graph = trainer.training_session().executor().graph();
    run::TaskTrace trace;
    trace.records.resize(graph.tasks.size());
    arena.execute([&] {
      trainer.step(x);
      trainer.trace_next_step(trace);
      trainer.step(x);
    });
    for (const auto& [before, after] : edges_of(graph))
      CHECK(trace.records[static_cast<std::size_t>(after)].begin_ns >=
            trace.records[static_cast<std::size_t>(before)].end_ns);
    std::map<int, std::vector<std::pair<std::int64_t, std::int64_t>>> lanes;
    for (const run::TaskTrace::Record& record : trace.records)
      lanes[record.worker].emplace_back(record.begin_ns, record.end_ns);
    for (auto& [worker, spans] : lanes) {
      std::sort(spans.begin(), spans.end());
      for (std::size_t i = 1; i < spans.size(); ++i) CHECK(spans[i].first >= spans[i - 1].second);
    }
  }
}

TEST_CASE("a policy of a user's own is followed, and one that forgets a task is refused") {
  TrainerCore trainer = trainer_of<Wide>(100), plain = trainer_of<Wide>(100);
  const schedule::TaskGraph& graph = trainer.training_session().executor().graph();
  const auto in_turns = [](const schedule::TaskGraph& tasks, const schedule::Costs&, int workers) {
    schedule::Schedule schedule;
    schedule.execution = schedule::Execution::lists;
    schedule.lists.resize(static_cast<std::size_t>(workers));
    std::size_t turn = 0;
    for (const int task : schedule::topological_order(tasks))
      schedule.lists[turn++ % schedule.lists.size()].push_back(task);
    return schedule;
  };
  static_assert(schedule::Policy<decltype(in_turns)>);
  const schedule::Costs costs = schedule::estimate_costs(graph);
  trainer.follow(schedule::make_schedule(in_turns, graph, costs, 3));
  const std::vector<float> x = samples_of<Wide>(100);
  CHECK(trainer.step(x) == plain.step(x));
  CHECK(same_bits(trainer.read(true), plain.read(true)));

  const auto forgetful = [&](const schedule::TaskGraph& tasks, const schedule::Costs& known, int workers) {
    schedule::Schedule schedule = in_turns(tasks, known, workers);
    schedule.lists.back().pop_back();
    return schedule;
  };
  CHECK_THROWS_AS(schedule::make_schedule(forgetful, graph, costs, 2), std::invalid_argument);
}
