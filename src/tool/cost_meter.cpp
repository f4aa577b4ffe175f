#include "cost_meter.hpp"

#include "clock.hpp"
#include "statistics.hpp"

#include <isthmus/run/executor.hpp>
#include <isthmus/schedule/rank.hpp>

#include <oneapi/tbb/parallel_for.h>

#include <cstring>

namespace isthmus::tool {
namespace {

/// The median time of a run of tasks that do nothing.
double time_of_nothing(run::Executor& executor, int workers) {
  const run::TaskBody nothing{[](void*, int) noexcept {}, nullptr};
  std::vector<double> times;
  for (int i = 0; i < 30; ++i) {
    const auto start = Clock::now();
    executor.run(nothing, {}, workers);
    times.push_back(seconds_since(start));
  }
  return median(std::move(times));
}

schedule::TaskGraph independent_tasks(int count) {
  schedule::TaskGraph graph;
  graph.tasks.assign(static_cast<std::size_t>(count), {0, 0, 1, 0, 1, 1});
  schedule::link(graph, {});
  return graph;
}

}  // namespace

TaskKind kind_of(const schedule::Task& task) {
  return {task.group, task.row_end - task.row_begin, task.panel_end - task.panel_begin};
}

void CostMeter::add_step(Subject& subject) {
  const auto& tasks = subject.session().executor().graph().tasks;
  trace_.records.resize(tasks.size());
  subject.trace_sequential_step(trace_);
  for (std::size_t t = 0; t < tasks.size(); ++t) {
    if (tasks[t].group < 0) continue;
    const run::TaskTrace::Record& record = trace_.records[t];
    times_[kind_of(tasks[t])].push_back(1e-9 * static_cast<double>(record.end_ns - record.begin_ns));
  }
}

std::map<TaskKind, double> CostMeter::kinds() const {
  std::map<TaskKind, double> result;
  for (const auto& [kind, times] : times_) result[kind] = median(times);
  return result;
}

schedule::Costs costs_of(const run::Session& session, const std::map<TaskKind, double>& kinds) {
  const schedule::TaskGraph& graph = session.executor().graph();
  schedule::Costs costs = schedule::estimate_costs(graph);
  for (std::size_t t = 0; t < graph.tasks.size(); ++t) {
    if (graph.tasks[t].group < 0) {
      costs.seconds[t] = 0;
      continue;
    }
    const auto found = kinds.find(kind_of(graph.tasks[t]));
    if (found != kinds.end()) costs.seconds[t] = found->second;
  }
  schedule::add_memory(costs, session.program().plan, graph, session.max_batch());
  return costs;
}

schedule::Machine measure_machine(int workers) {
  constexpr int count = 2000, phases = 200;
  schedule::Machine machine;
  machine.workers = workers;
  run::Executor executor(schedule::sort_by_urgency(independent_tasks(count)));
  machine.seconds_per_task = time_of_nothing(executor, workers) * workers / count;
  if (workers == 1) return machine;
  // A task for each worker, and a barrier.
  run::Executor steps(independent_tasks(phases * workers));
  schedule::Schedule schedule;
  schedule.execution = schedule::Execution::lists;
  schedule.lists.resize(static_cast<std::size_t>(workers));
  for (int t = 0; t < phases * workers; ++t) {
    schedule.lists[static_cast<std::size_t>(t % workers)].push_back(t);
    schedule.phase.push_back(t / workers);
  }
  steps.follow(schedule);
  machine.seconds_per_barrier = time_of_nothing(steps, workers) / phases;
  return machine;
}

double measure_bandwidth(int workers) {
  constexpr std::size_t bytes = std::size_t{32} << 20;  // beyond any cache that one core has for itself
  const auto count = static_cast<std::size_t>(workers);
  std::vector<std::vector<char>> from(count, std::vector<char>(bytes, 1)), to(count, std::vector<char>(bytes, 2));
  std::vector<double> rates;
  for (int i = 0; i < 7; ++i) {
    const auto start = Clock::now();
    tbb::parallel_for(std::size_t{0}, count,
                      [&](std::size_t w) { std::memcpy(to[w].data(), from[w].data(), bytes); });
    rates.push_back(2.0 * static_cast<double>(bytes * count) / seconds_since(start));
  }
  return median(std::move(rates));
}

}  // namespace isthmus::tool
