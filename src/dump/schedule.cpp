#include <isthmus/dump.hpp>
#include <isthmus/schedule/rank.hpp>

#include <algorithm>

#include "dump/format.hpp"

namespace isthmus {
namespace {

using plan::PlanView;
using schedule::Task;
using schedule::TaskGraph;

std::string task_name(const PlanView& plan, const Task& task) {
  return task.group < 0 ? "join" : fmt::format("g{} {}", task.group, group_name(plan, plan.groups[task.group]));
}

std::string rows_text(const Task& task) { return fmt::format("{}-{}", task.row_begin, task.row_end - 1); }

std::string columns_text(const PlanView& plan, const Task& task) {
  const int end = std::min(task.panel_end * plan::panel_width, plan.groups[task.group].columns);
  return fmt::format("{}-{}", task.panel_begin * plan::panel_width, end - 1);
}

std::span<const int> successors_of(const TaskGraph& tasks, int t) {
  const auto i = static_cast<std::size_t>(t);
  const auto begin = static_cast<std::size_t>(tasks.first_successor[i]);
  return std::span(tasks.successors)
      .subspan(begin, static_cast<std::size_t>(tasks.first_successor[i + 1]) - begin);
}

/// Tasks by ascending numbers, runs of them as `t3-t7`.
std::string ranges_text(std::span<const int> numbers) {
  std::string text;
  for (std::size_t i = 0; i < numbers.size();) {
    std::size_t end = i + 1;
    while (end < numbers.size() && numbers[end] == numbers[end - 1] + 1) ++end;
    text += fmt::format("{}t{}", text.empty() ? "" : " ", numbers[i]);
    if (end > i + 1) text += fmt::format("-t{}", numbers[end - 1]);
    i = end;
  }
  return text;
}

double work_of(const TaskGraph& tasks) {
  double sum = 0;
  for (const Task& task : tasks.tasks) sum += task.cost;
  return sum;
}

std::string schedule_text(const PlanView& plan, const TaskGraph& tasks, const std::string& title) {
  const std::vector<double> ranks = schedule::upward_ranks(tasks);
  const double work = work_of(tasks), longest = schedule::critical_path(tasks);
  std::string text = fmt::format("{}: {} tasks, {} edges\n", title, tasks.size(), tasks.successors.size());
  text += fmt::format("work: {}; longest path: {}; work / longest path: {:.2f}\n", flops_text(work),
                      flops_text(longest), longest > 0 ? work / longest : 0.0);
  std::vector<std::vector<std::string>> rows{{"task", "group", "rows", "columns", "cost", "rank", "before"}};
  for (int t = 0; t < tasks.size(); ++t) {
    const auto i = static_cast<std::size_t>(t);
    const Task& task = tasks.tasks[i];
    rows.push_back({fmt::format("t{}", t), task_name(plan, task), task.group < 0 ? "" : rows_text(task),
                    task.group < 0 ? "" : columns_text(plan, task), flops_text(task.cost), flops_text(ranks[i]),
                    ranges_text(successors_of(tasks, t))});
  }
  return text + table(rows);
}

std::string schedule_dot(const PlanView& plan, const TaskGraph& tasks, const std::string& title) {
  std::string text = fmt::format("digraph {} {{\n  node [shape=box, fontname=\"sans\"];\n", dot_quoted(title));
  for (int t = 0; t < tasks.size(); ++t) {
    const Task& task = tasks.tasks[static_cast<std::size_t>(t)];
    std::string label = fmt::format("t{} {}", t, task_name(plan, task));
    if (task.group >= 0)
      label += fmt::format("\nrows {}\ncolumns {}\n{}", rows_text(task), columns_text(plan, task),
                           flops_text(task.cost));
    text += fmt::format("  t{} [label={}{}];\n", t, dot_quoted(label), task.group < 0 ? ", shape=point" : "");
  }
  for (int t = 0; t < tasks.size(); ++t)
    for (const int s : successors_of(tasks, t)) text += fmt::format("  t{} -> t{};\n", t, s);
  return text + "}\n";
}

std::string schedule_json(const PlanView& plan, const TaskGraph& tasks, const std::string& title) {
  const std::vector<double> ranks = schedule::upward_ranks(tasks);
  boost::json::array list;
  for (int t = 0; t < tasks.size(); ++t) {
    const auto i = static_cast<std::size_t>(t);
    const Task& task = tasks.tasks[i];
    boost::json::object object{{"id", t}, {"group", task.group}, {"name", task_name(plan, task)}};
    object["rows"] = boost::json::array{task.row_begin, task.row_end};
    object["panels"] = boost::json::array{task.panel_begin, task.panel_end};
    object["cost"] = task.cost;
    object["rank"] = ranks[i];
    boost::json::array after;
    for (const int s : successors_of(tasks, t)) after.emplace_back(s);
    object["successors"] = std::move(after);
    list.push_back(std::move(object));
  }
  return json_line({{"title", title},
                    {"work", work_of(tasks)},
                    {"critical_path", schedule::critical_path(tasks)},
                    {"edges", tasks.successors.size()},
                    {"tasks", std::move(list)}});
}

}  // namespace

std::string dump(const PlanView& plan, const TaskGraph& tasks, DumpFormat format, const std::string& title) {
  switch (format) {
    case DumpFormat::dot: return schedule_dot(plan, tasks, title);
    case DumpFormat::json: return schedule_json(plan, tasks, title);
    default: return schedule_text(plan, tasks, title);
  }
}

}  // namespace isthmus
