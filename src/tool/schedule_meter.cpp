#include "schedule_meter.hpp"

#include "artifacts.hpp"
#include "clock.hpp"
#include "statistics.hpp"
#include "threads.hpp"

#include <isthmus/dump.hpp>
#include <isthmus/error.hpp>
#include <isthmus/lower/products.hpp>
#include <isthmus/schedule/peak_bytes.hpp>

#include <fmt/format.h>

#include <algorithm>

namespace isthmus::tool {
namespace {

constexpr int rounds = 7;
/// Steps on one thread before anything is decided.
constexpr int calibration_steps = 7;

CostKey key_of(const ModelEntry& entry, const run::Session& session) {
  const lower::Program& program = session.program();
  std::string target = program.kernels->target;
  if (program.products != nullptr) target += std::string(" ") + program.products->unit;
  return {entry.name, target, session.max_batch()};
}

void calibrate(Subject& subject, CostMeter& meter) {
  subject.step();
  for (int i = 0; i < calibration_steps; ++i) meter.add_step(subject);
}

/// A row in the making.
struct Contest {
  const schedule::NamedPolicy* policy;
  schedule::Schedule schedule;
  std::vector<double> times;
  std::string hash;
};

/// Runs one turn from the initial parameters: one step to warm up, and some that count.
void take_turn(const ModelEntry& entry, Subject& subject, Contest& contest, int steps) {
  subject.restart();
  subject.session().follow(contest.schedule);
  subject.step();
  for (int i = 0; i < steps; ++i) {
    const auto start = Clock::now();
    subject.step();
    contest.times.push_back(seconds_since(start));
  }
  const std::string hash = weights_sha256(entry, subject.session().read(false));
  if (!contest.hash.empty() && hash != contest.hash)
    throw Error(
        fmt::format("policy {}: expected the same weights in every round, found others", contest.policy->name));
  contest.hash = hash;
}

}  // namespace

ScheduleComparison compare_schedules(const ModelEntry& entry, Subject& subject,
                                     const std::vector<const schedule::NamedPolicy*>& policies,
                                     const std::vector<int>& threads, double seconds) {
  ScheduleComparison result;
  const schedule::TaskGraph& graph = subject.session().executor().graph();
  const auto tasks = std::count_if(graph.tasks.begin(), graph.tasks.end(),
                                   [](const schedule::Task& task) { return task.group >= 0; });
  CostMeter first;
  calibrate(subject, first);
  const schedule::Costs guess = costs_of(subject.session(), first.kinds());
  double work = 0;
  for (const double s : guess.seconds) work += s;
  const int steps = static_cast<int>(std::clamp(seconds / rounds / work, 2.0, 300.0));
  for (const int count : threads) {
    run_with_threads(count, [&] {
      std::vector<Contest> contests;
      for (const schedule::NamedPolicy* policy : policies)
        contests.push_back({policy, schedule::make_schedule(*policy, graph, guess, count), {}, {}});
      CostMeter meter;
      for (int round = 0; round < rounds; ++round) {
        for (Contest& contest : contests) {
          take_turn(entry, subject, contest, steps);
          meter.add_step(subject);
        }
      }
      result.kinds = meter.kinds();
      const schedule::Costs costs = costs_of(subject.session(), result.kinds);
      const schedule::Machine machine = measure_machine(count);
      const double bound = schedule::lower_bound(graph, costs, count);
      for (Contest& contest : contests) {
        const schedule::Prediction prediction = schedule::simulate(graph, contest.schedule, costs, machine);
        ScheduleRow row;
        row.policy = contest.policy->name;
        row.threads = count;
        row.median_ms = 1e3 * median(contest.times);
        row.predicted_ms = 1e3 * prediction.seconds;
        row.bound_ms = 1e3 * bound;
        row.efficiency = row.bound_ms / row.median_ms;
        row.peak_bytes = schedule::peak_bytes(costs.buffers, prediction);
        row.tasks = static_cast<int>(tasks);
        row.weights_sha256 = contest.hash;
        result.rows.push_back(row);
      }
    });
  }
  for (const ScheduleRow& row : result.rows)
    if (row.weights_sha256 != result.rows.front().weights_sha256)
      throw Error(fmt::format("policy {} on {} threads: expected the weights of every other row, found others",
                              row.policy, row.threads));
  return result;
}

const schedule::NamedPolicy& fastest_policy(const ModelEntry& entry, const run::Session& session, int threads) {
  const CostKey key = key_of(entry, session);
  RememberedCosts known = recall_costs(key).value_or(RememberedCosts{});
  const auto found = known.best_policies.find(threads);
  if (found != known.best_policies.end())
    for (const schedule::NamedPolicy& policy : schedule::policies())
      if (policy.name == found->second) return policy;
  Subject subject(session.program(), session.max_batch());
  std::vector<const schedule::NamedPolicy*> all;
  for (const schedule::NamedPolicy& policy : schedule::policies()) all.push_back(&policy);
  const ScheduleComparison comparison = compare_schedules(entry, subject, all, {threads}, 0.3);
  const auto best =
      std::min_element(comparison.rows.begin(), comparison.rows.end(),
                       [](const ScheduleRow& a, const ScheduleRow& b) { return a.median_ms < b.median_ms; });
  known.kinds = comparison.kinds;
  known.best_policies[threads] = best->policy;
  remember_costs(key, known);
  return schedule::find_policy(best->policy);
}

std::vector<std::string> schedule_names() {
  std::vector<std::string> names{"auto"};
  for (const schedule::NamedPolicy& policy : schedule::policies()) names.emplace_back(policy.name);
  return names;
}

schedule::Schedule schedule_for(const ModelEntry& entry, const run::Session& session, const std::string& policy,
                                int threads) {
  const CostKey key = key_of(entry, session);
  const schedule::NamedPolicy& chosen =
      policy == "auto" ? fastest_policy(entry, session, threads) : schedule::find_policy(policy);
  RememberedCosts known = recall_costs(key).value_or(RememberedCosts{});
  if (known.kinds.empty()) {
    Subject subject(session.program(), session.max_batch());
    CostMeter meter;
    calibrate(subject, meter);
    known.kinds = meter.kinds();
    remember_costs(key, known);
  }
  return schedule::make_schedule(chosen, session.executor().graph(), costs_of(session, known.kinds), threads);
}

}  // namespace isthmus::tool
