// `schedules`: the same graph under different policies, measured, beside what was predicted and the bound.
#include "commands.hpp"
#include "files.hpp"
#include "models.hpp"
#include "output.hpp"
#include "schedule_meter.hpp"
#include "task_trace.hpp"
#include "threads.hpp"

#include <isthmus/data/atomic_file.hpp>
#include <isthmus/error.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <unistd.h>

#include <algorithm>
#include <limits>

#include "text.hpp"

namespace isthmus::tool {
namespace {

constexpr double unlimited = std::numeric_limits<double>::infinity();
constexpr int traced_steps = 20;

struct SchedulesOptions {
  std::string graph, trace, gantt;
  std::vector<std::string> policies{"all"};
  std::vector<int> threads, simulate;
  int batch = 1024;
  double seconds = 1, bandwidth = 0;
  bool json = false;
};

/// The predicted time of one policy on a machine with another number of workers.
struct Forecast {
  std::string policy;
  int threads = 1;
  double predicted_ms = 0, bound_ms = 0;
};

std::vector<const schedule::NamedPolicy*> chosen_policies(const std::vector<std::string>& names) {
  std::vector<const schedule::NamedPolicy*> chosen;
  for (const schedule::NamedPolicy& policy : schedule::policies())
    if (std::find(names.begin(), names.end(), "all") != names.end() ||
        std::find(names.begin(), names.end(), policy.name) != names.end())
      chosen.push_back(&policy);
  return chosen;
}

std::vector<Forecast> forecast(const SchedulesOptions& options, const Subject& subject,
                               const std::map<TaskKind, double>& kinds, double seconds_per_task,
                               double seconds_per_barrier, double bandwidth) {
  std::vector<Forecast> list;
  const schedule::TaskGraph& graph = subject.session().executor().graph();
  const schedule::Costs costs = costs_of(subject.session(), kinds);
  for (const int workers : options.simulate)
    for (const schedule::NamedPolicy* policy : chosen_policies(options.policies)) {
      const schedule::Schedule schedule = schedule::make_schedule(*policy, graph, costs, workers);
      const schedule::Machine machine{workers, seconds_per_task, seconds_per_barrier, bandwidth};
      list.push_back({std::string(policy->name), workers,
                      1e3 * schedule::simulate(graph, schedule, costs, machine).seconds,
                      1e3 * schedule::lower_bound(graph, costs, workers)});
    }
  return list;
}

/// The time of the traced step.
std::int64_t span_of(const run::TaskTrace& trace) {
  std::int64_t first = trace.records.front().begin_ns, last = first;
  for (const run::TaskTrace::Record& record : trace.records) {
    first = std::min(first, record.begin_ns);
    last = std::max(last, record.end_ns);
  }
  return last - first;
}

/// The least disturbed of some more steps under the policy.
void write_pictures(const SchedulesOptions& options, const ModelEntry& entry, Subject& subject,
                    const ScheduleRow& row, const schedule::Costs& costs) {
  run_with_threads(row.threads, [&] {
    run::Session& session = subject.session();
    run::TaskTrace trace, next = session.make_trace();
    session.follow(schedule::make_schedule(schedule::find_policy(row.policy), session.executor().graph(), costs,
                                           row.threads));
    for (int i = 0; i < traced_steps; ++i) {
      subject.trace_step(next);
      if (trace.records.empty() || span_of(next) < span_of(trace)) trace = next;
    }
    if (!options.trace.empty()) data::write_atomically(options.trace, chrome_trace(session, trace, costs.buffers));
    if (!options.gantt.empty())
      draw_gantt(
          options.gantt, session, trace,
          fmt::format("{}, batch {}, {} on {} threads", entry.name, options.batch, row.policy, row.threads));
  });
  say(fmt::format("{} on {} threads is what the trace and the picture show", row.policy, row.threads));
}

boost::json::object to_json(const ScheduleRow& row) {
  return {{"policy", row.policy},
          {"threads", row.threads},
          {"median_ms", row.median_ms},
          {"predicted_ms", row.predicted_ms},
          {"bound_ms", row.bound_ms},
          {"efficiency", row.efficiency},
          {"peak_bytes", row.peak_bytes},
          {"tasks", row.tasks},
          {"weights_sha256", row.weights_sha256}};
}

void print_table(const ScheduleComparison& comparison, const std::vector<Forecast>& forecasts, double bandwidth) {
  std::string text =
      fmt::format("{:<15}{:>8}{:>11}{:>14}{:>10}{:>12}{:>13}{:>7}  {}\n", "POLICY", "THREADS", "MEDIAN MS",
                  "PREDICTED MS", "BOUND MS", "EFFICIENCY", "PEAK BYTES", "TASKS", "WEIGHTS");
  for (const ScheduleRow& row : comparison.rows)
    text += fmt::format("{:<15}{:>8}{:>11.4f}{:>14.4f}{:>10.4f}{:>11.1f}%{:>13}{:>7}  {}\n", row.policy,
                        row.threads, row.median_ms, row.predicted_ms, row.bound_ms, 100 * row.efficiency,
                        grouped(row.peak_bytes), row.tasks, row.weights_sha256.substr(0, 12));
  if (!forecasts.empty()) {
    text += bandwidth == unlimited ? std::string("\nsimulated, everything in a shared cache:\n")
                                   : fmt::format("\nsimulated, with {:.1f} GB/s for all:\n", bandwidth * 1e-9);
    for (const Forecast& row : forecasts)
      text +=
          fmt::format("{:<15}{:>8}{:>25.4f}{:>10.4f}\n", row.policy, row.threads, row.predicted_ms, row.bound_ms);
  }
  print(text);
}

void schedules(const SchedulesOptions& options) {
  std::vector<NamedFile> written;
  if (!options.trace.empty()) written.push_back({"--trace", options.trace});
  if (!options.gantt.empty()) written.push_back({"--gantt", options.gantt});
  check_files({}, written);
  const ModelEntry& entry = *find_model(options.graph);
  Subject subject(entry.program(Role::train), options.batch);
  std::vector<int> threads = options.threads;
  if (threads.empty()) threads = {threads_or_all(0)};
  const ScheduleComparison comparison =
      compare_schedules(entry, subject, chosen_policies(options.policies), threads, options.seconds);
  std::vector<Forecast> forecasts;
  double bandwidth = options.bandwidth * 1e9;
  if (!options.simulate.empty()) {
    const int here = threads_or_all(0);
    run_with_threads(here, [&] {
      const schedule::Machine machine = measure_machine(here);
      // Data that fit the last-level cache are not read from memory.
      const long cache = ::sysconf(_SC_LEVEL3_CACHE_SIZE);
      const bool fits = subject.session().arena_bytes() <= std::int64_t{cache};
      if (bandwidth == 0) bandwidth = fits ? unlimited : measure_bandwidth(here);
      forecasts = forecast(options, subject, comparison.kinds, machine.seconds_per_task,
                           machine.seconds_per_barrier, bandwidth);
    });
  }
  if (options.json) {
    boost::json::array rows, simulated;
    for (const ScheduleRow& row : comparison.rows) rows.push_back(to_json(row));
    for (const Forecast& row : forecasts)
      simulated.push_back(boost::json::object{{"policy", row.policy},
                                              {"threads", row.threads},
                                              {"predicted_ms", row.predicted_ms},
                                              {"bound_ms", row.bound_ms}});
    print(boost::json::object{{"graph", options.graph},
                              {"batch", options.batch},
                              {"target", subject.session().program().kernels->target},
                              {"schedules", std::move(rows)},
                              {"simulated", std::move(simulated)},
                              {"bandwidth", bandwidth == unlimited ? boost::json::value() : bandwidth}});
  } else {
    print_table(comparison, forecasts, bandwidth);
  }
  if (options.trace.empty() && options.gantt.empty()) return;
  // The fastest policy with the largest number of threads.
  const int most = *std::max_element(threads.begin(), threads.end());
  const ScheduleRow* best = nullptr;
  for (const ScheduleRow& row : comparison.rows)
    if (row.threads == most && (best == nullptr || row.median_ms < best->median_ms)) best = &row;
  write_pictures(options, entry, subject, *best, costs_of(subject.session(), comparison.kinds));
}

}  // namespace

void add_schedules(CLI::App& app) {
  const Command command(app, "schedules",
                        "Time a training step under different scheduling policies, beside prediction and bound");
  const auto options = std::make_shared<SchedulesOptions>();
  add_graph_argument(command, options->graph);
  add_batch_option(command, options->batch, "samples in each step");
  std::vector<std::string> names{"all"};
  for (const schedule::NamedPolicy& policy : schedule::policies()) names.emplace_back(policy.name);
  command.add_option("--policy", options->policies, fmt::format("which: {}", fmt::join(names, ", ")))
      .delimiter(',')
      .check(one_of(names))
      .type_name("POLICY,…")
      .capture_default_str();
  add_numbers(command, "--threads", options->threads, thread_bounds,
              "numbers of threads (default: as many as the process may use at the same time)");
  add_numbers(command, "--simulate", options->simulate, thread_bounds,
              "predict the step for machines with so many cores as well");
  add_number(command, "--bandwidth", options->bandwidth, Bounds<double>{0.001, 1e6},
             "GB/s that the simulated cores share (default: no limit if the arena fits this machine's last-level "
             "cache, else what this machine copies)");
  add_number(command, "--seconds", options->seconds, Bounds<double>{0.01, 3600}, "how long to time each policy")
      .default_str(fmt::format("{}", options->seconds));
  command
      .add_option("--trace", options->trace,
                  "write the fastest policy's tasks there, for Perfetto or Chrome's trace viewer")
      .type_name("FILE.json");
  command.add_option("--gantt", options->gantt, "draw them there, a lane for each worker").type_name("FILE.png");
  add_json_flag(command, options->json);
  command.callback([options] { schedules(*options); });
}

}  // namespace isthmus::tool
