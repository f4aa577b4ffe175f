#include "task_trace.hpp"

#include <isthmus/dump.hpp>

#include <fmt/format.h>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>

namespace isthmus::tool {

std::string chrome_trace(const run::Session& session, const run::TaskTrace& trace) {
  const plan::PlanView& plan = session.program().plan;
  const auto& tasks = session.executor().graph().tasks;
  std::int64_t first = trace.records.empty() ? 0 : trace.records.front().begin_ns;
  for (std::size_t t = 0; t < tasks.size(); ++t)
    if (tasks[t].group >= 0) first = std::min(first, trace.records[t].begin_ns);
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
         {{"rows", fmt::format("{}-{}", task.row_begin, task.row_end)},
          {"columns", fmt::format("{}-{}", task.panel_begin * plan::panel_width,
                                  std::min(task.panel_end * plan::panel_width, group.columns))}}}});
  }
  return boost::json::serialize(boost::json::object{{"displayTimeUnit", "ns"}, {"traceEvents", std::move(events)}});
}

}  // namespace isthmus::tool
