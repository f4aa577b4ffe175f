#include "task_trace.hpp"

#include <isthmus/dump.hpp>
#include <isthmus/report/gantt.hpp>

#include <fmt/format.h>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include <algorithm>
#include <limits>

#include "dump/json.hpp"

namespace isthmus::tool {
namespace {

std::int64_t first_moment(const std::vector<schedule::Task>& tasks, const run::TaskTrace& trace) {
  std::int64_t first = trace.records.empty() ? 0 : trace.records.front().begin_ns;
  for (std::size_t t = 0; t < tasks.size(); ++t)
    if (tasks[t].group >= 0) first = std::min(first, trace.records[t].begin_ns);
  return first;
}

/// Adds the bytes of buffers in use, as a counter over time.
void add_memory(boost::json::array& events, const run::TaskTrace& trace, std::int64_t first,
                const std::vector<schedule::Buffer>& buffers) {
  std::vector<std::pair<std::int64_t, std::int64_t>> changes;  // when, by how much
  for (const schedule::Buffer& buffer : buffers) {
    if (buffer.tasks.empty()) continue;
    std::int64_t begin = std::numeric_limits<std::int64_t>::max(), end = 0;
    for (const int t : buffer.tasks) {
      begin = std::min(begin, trace.records[static_cast<std::size_t>(t)].begin_ns);
      end = std::max(end, trace.records[static_cast<std::size_t>(t)].end_ns);
    }
    changes.emplace_back(begin, buffer.bytes);
    changes.emplace_back(end, -buffer.bytes);
  }
  std::sort(changes.begin(), changes.end());
  std::int64_t taken = 0;
  for (const auto& [when, bytes] : changes) {
    taken += bytes;
    events.push_back(boost::json::object{{"name", "buffers"},
                                         {"ph", "C"},
                                         {"pid", 1},
                                         {"ts", static_cast<double>(when - first) * 1e-3},
                                         {"args", {{"bytes", taken}}}});
  }
}

/// A lane for each bucket, below those of the threads.
void add_message_lanes(boost::json::array& events, const run::TaskTrace& trace, std::int64_t first) {
  constexpr int first_lane = 1000;
  for (std::size_t b = 0; b < trace.messages.size(); ++b) {
    const int lane = first_lane + static_cast<int>(b);
    const run::TaskTrace::Record& record = trace.messages[b];
    const std::string name = fmt::format("bucket {}", b);
    events.push_back(boost::json::object{
        {"name", "thread_name"}, {"ph", "M"}, {"pid", 1}, {"tid", lane}, {"args", {{"name", name}}}});
    events.push_back(boost::json::object{{"name", name},
                                         {"cat", "communication"},
                                         {"ph", "X"},
                                         {"pid", 1},
                                         {"tid", lane},
                                         {"ts", static_cast<double>(record.begin_ns - first) * 1e-3},
                                         {"dur", static_cast<double>(record.end_ns - record.begin_ns) * 1e-3}});
  }
}

using Interval = std::pair<std::int64_t, std::int64_t>;

/// The union of intervals of time, without overlaps.
std::vector<Interval> united(std::vector<Interval> list) {
  std::sort(list.begin(), list.end());
  std::vector<Interval> result;
  for (const Interval& next : list)
    if (!result.empty() && next.first <= result.back().second)
      result.back().second = std::max(result.back().second, next.second);
    else result.push_back(next);
  return result;
}

}  // namespace

void add_messages(MessageTimes& times, const run::Session& session, const run::TaskTrace& trace) {
  std::vector<Interval> messages, work;
  for (const run::TaskTrace::Record& message : trace.messages)
    messages.emplace_back(message.begin_ns, message.end_ns);
  const auto& tasks = session.executor().graph().tasks;
  for (std::size_t t = 0; t < tasks.size(); ++t)
    if (tasks[t].group >= 0 && tasks[t].reduction == schedule::Reduction::none)
      work.emplace_back(trace.records[t].begin_ns, trace.records[t].end_ns);
  work = united(std::move(work));
  for (const Interval& message : united(std::move(messages))) {
    times.seconds += 1e-9 * static_cast<double>(message.second - message.first);
    for (const Interval& task : work) {
      const std::int64_t both = std::min(task.second, message.second) - std::max(task.first, message.first);
      times.overlapped += 1e-9 * static_cast<double>(std::max<std::int64_t>(both, 0));
    }
  }
  ++times.steps;
}

std::string chrome_trace(const run::Session& session, const run::TaskTrace& trace,
                         const std::vector<schedule::Buffer>& buffers) {
  const plan::PlanView& plan = session.program().plan;
  const auto& tasks = session.executor().graph().tasks;
  const std::int64_t first = first_moment(tasks, trace);
  boost::json::array events;
  for (std::size_t t = 0; t < tasks.size(); ++t) {
    const schedule::Task& task = tasks[t];
    if (task.group < 0) continue;
    const run::TaskTrace::Record& record = trace.records[t];
    const plan::Group& group = plan.groups[task.group];
    events.push_back(boost::json::object{
        {"name", group_name(plan, group)},
        {"cat", std::string(name_of(group.anchor))},
        {"ph", "X"},
        {"pid", 1},
        {"tid", std::max(record.worker, 0)},
        {"ts", static_cast<double>(record.begin_ns - first) * 1e-3},
        {"dur", static_cast<double>(record.end_ns - record.begin_ns) * 1e-3},
        {"args",
         {{"task", t},
          {"rows", fmt::format("{}-{}", task.row_begin, task.row_end)},
          {"columns", fmt::format("{}-{}", task.panel_begin * plan::panel_width,
                                  std::min(task.panel_end * plan::panel_width, group.columns))}}}});
  }
  add_message_lanes(events, trace, first);
  add_memory(events, trace, first, buffers);
  return json_text(boost::json::object{{"displayTimeUnit", "ns"}, {"traceEvents", std::move(events)}});
}

void draw_gantt(const std::string& path, const run::Session& session, const run::TaskTrace& trace,
                const std::string& title) {
  const plan::PlanView& plan = session.program().plan;
  const auto& tasks = session.executor().graph().tasks;
  const std::int64_t first = first_moment(tasks, trace);
  // A colour for each layer and direction would be too many: one for each layer.
  std::vector<std::string> layers;
  std::vector<report::Span> spans;
  for (std::size_t t = 0; t < tasks.size(); ++t) {
    if (tasks[t].group < 0) continue;
    const std::string layer = plan.graph[plan.groups[tasks[t].group].node].label.layer;
    const auto found = std::find(layers.begin(), layers.end(), layer);
    const auto kind = static_cast<int>(found - layers.begin());
    if (found == layers.end()) layers.push_back(layer);
    const run::TaskTrace::Record& record = trace.records[t];
    spans.push_back({std::max(record.worker, 0), 1e-6 * static_cast<double>(record.begin_ns - first),
                     1e-6 * static_cast<double>(record.end_ns - first), kind});
  }
  report::write_gantt(path, spans, layers, title);
}

}  // namespace isthmus::tool
