#include <isthmus/dump.hpp>

#include "dump/format.hpp"

namespace isthmus {
namespace {

using plan::Group;
using plan::MemoryPlan;
using plan::PlanView;
using plan::Storage;
using plan::Value;

/// Bytes of a value, the caller's memory included.
std::int64_t bytes_of(const Value& value, int max_batch) {
  if (value.storage == Storage::external_input || value.storage == Storage::external_output)
    return plan::value_rows(value, max_batch) * value.columns * 4;
  return plan::value_bytes(value, max_batch);
}

/// The values that a group reads and writes.
struct Traffic {
  std::vector<int> reads, writes;
  std::int64_t bytes = 0;
};
Traffic traffic_of(const PlanView& plan, const Group& group, int max_batch) {
  Traffic traffic;
  for (const int v : {group.a, group.b, group.c})
    if (v >= 0) traffic.reads.push_back(v);
  for (int o = 0; o < group.operands; ++o) traffic.reads.push_back(plan.operands[group.first_operand + o]);
  for (int r = 0; r < group.results; ++r) traffic.writes.push_back(plan.results[group.first_result + r].value);
  for (const auto* list : {&traffic.reads, &traffic.writes})
    for (const int v : *list) traffic.bytes += bytes_of(plan.values[v], max_batch);
  return traffic;
}

std::string space_text(const Group& group) {
  if (!group.has_batch) return fmt::format("[{} × {}]", group.rows, group.columns);
  if (group.rows == 1) return fmt::format("[batch × {}]", group.columns);
  return fmt::format("[batch·{} × {}]", group.rows, group.columns);
}

std::string plan_text(const PlanView& plan, const MemoryPlan& memory, int max_batch, const std::string& title) {
  double flops = 0;
  for (int g = 0; g < plan.group_count; ++g) flops += plan::group_flops(plan, plan.groups[g], max_batch);
  std::string text = fmt::format("{}, up to {} samples: {} groups, {} values, {}\n", title, max_batch,
                                 plan.group_count, plan.value_count, flops_text(flops));
  text += fmt::format("arena: {} bytes\n", grouped(memory.arena_bytes));
  text += fmt::format("kept from run to run: {} bytes\n", grouped(memory.kept_bytes));
  text += fmt::format("largest sum of values alive together: {} bytes\n", grouped(memory.live_bytes));
  for (int g = 0; g < plan.group_count; ++g) {
    const Group& group = plan.groups[g];
    text += fmt::format("\ng{} {} {}, {}, {} bytes\n", g, group_name(plan, group), space_text(group),
                        flops_text(plan::group_flops(plan, group, max_batch)),
                        grouped(traffic_of(plan, group, max_batch).bytes));
    for (const std::string& line : group_program(plan, group)) text += "    " + line + '\n';
  }
  const plan::Lifetimes life = plan::lifetimes(plan);
  std::vector<std::vector<std::string>> rows{{"value", "storage", "offset", "bytes", "used by"}};
  for (int v = 0; v < plan.value_count; ++v) {
    const auto i = static_cast<std::size_t>(v);
    const Value& value = plan.values[v];
    std::string storage(name_of(value.storage));
    if (value.reuses >= 0) storage += ", over " + value_name(plan, value.reuses);
    rows.push_back({value_name(plan, v), storage, memory.offset[i] < 0 ? "-" : grouped(memory.offset[i]),
                    grouped(bytes_of(value, max_batch)),
                    life.last[i] < 0 ? "-" : fmt::format("g{} to g{}", life.first[i], life.last[i])});
  }
  text += '\n' + table(rows);
  text += fmt::format("\nmemory edges: {}\n", memory.edges.size());
  for (const plan::Edge& edge : memory.edges) text += fmt::format("    g{} before g{}\n", edge.before, edge.after);
  return text;
}

std::string plan_dot(const PlanView& plan, const MemoryPlan& memory, int max_batch, const std::string& title) {
  std::string text = fmt::format("digraph {} {{\n  node [shape=box, fontname=\"sans\"];\n", dot_quoted(title));
  for (int v = 0; v < plan.value_count; ++v)
    if (plan.values[v].producer < 0)
      text += fmt::format("  v{} [label={}, shape=cylinder];\n", v, dot_quoted(value_name(plan, v)));
  for (int g = 0; g < plan.group_count; ++g) {
    std::string label = fmt::format("g{} {} {}", g, group_name(plan, plan.groups[g]), space_text(plan.groups[g]));
    for (const std::string& line : group_program(plan, plan.groups[g])) label += '\n' + line;
    text += fmt::format("  g{} [label={}];\n", g, dot_quoted(label));
  }
  for (int g = 0; g < plan.group_count; ++g) {
    const Traffic traffic = traffic_of(plan, plan.groups[g], max_batch);
    for (const int v : traffic.reads) {
      const Value& value = plan.values[v];
      const std::string from = value.producer < 0 ? fmt::format("v{}", v) : fmt::format("g{}", value.producer);
      text += fmt::format("  {} -> g{} [label={}];\n", from, g,
                          dot_quoted(fmt::format("{} bytes", grouped(bytes_of(value, max_batch)))));
    }
    for (const int v : traffic.writes)
      if (plan.values[v].producer < 0) text += fmt::format("  g{} -> v{} [style=bold];\n", g, v);
  }
  for (const plan::Edge& edge : memory.edges)
    text += fmt::format("  g{} -> g{} [style=dashed, color=gray];\n", edge.before, edge.after);
  return text + "}\n";
}

boost::json::array json_numbers(const std::vector<int>& numbers) {
  boost::json::array list;
  for (const int number : numbers) list.emplace_back(number);
  return list;
}

std::string plan_json(const PlanView& plan, const MemoryPlan& memory, int max_batch, const std::string& title) {
  boost::json::array values, groups, edges;
  for (int v = 0; v < plan.value_count; ++v) {
    const Value& value = plan.values[v];
    boost::json::object object{{"id", v}, {"name", value_name(plan, v)}, {"storage", name_of(value.storage)}};
    object["rows"] = plan::value_rows(value, max_batch);
    object["columns"] = value.columns;
    object["bytes"] = bytes_of(value, max_batch);
    object["offset"] = memory.offset[static_cast<std::size_t>(v)];
    object["producer"] = value.producer;
    if (value.reuses >= 0) object["reuses"] = value.reuses;
    values.push_back(std::move(object));
  }
  for (int g = 0; g < plan.group_count; ++g) {
    const Group& group = plan.groups[g];
    const Traffic traffic = traffic_of(plan, group, max_batch);
    boost::json::object object{{"id", g}, {"name", group_name(plan, group)}, {"anchor", name_of(group.anchor)}};
    object["rows"] = group.rows * (group.has_batch ? max_batch : 1);
    object["columns"] = group.columns;
    boost::json::array program;
    for (const std::string& line : group_program(plan, group)) program.emplace_back(line);
    object["program"] = std::move(program);
    object["operands"] = json_numbers(traffic.reads);
    object["results"] = json_numbers(traffic.writes);
    object["bytes"] = traffic.bytes;
    object["flops"] = plan::group_flops(plan, group, max_batch);
    groups.push_back(std::move(object));
  }
  for (const plan::Edge& edge : memory.edges)
    edges.push_back(boost::json::object{{"before", edge.before}, {"after", edge.after}});
  return json_line({{"title", title},
                    {"max_batch", max_batch},
                    {"arena_bytes", memory.arena_bytes},
                    {"kept_bytes", memory.kept_bytes},
                    {"live_bytes", memory.live_bytes},
                    {"groups", std::move(groups)},
                    {"values", std::move(values)},
                    {"memory_edges", std::move(edges)}});
}

}  // namespace

std::string dump(const PlanView& plan, const MemoryPlan& memory, int max_batch, DumpFormat format,
                 const std::string& title) {
  switch (format) {
    case DumpFormat::dot: return plan_dot(plan, memory, max_batch, title);
    case DumpFormat::json: return plan_json(plan, memory, max_batch, title);
    default: return plan_text(plan, memory, max_batch, title);
  }
}

}  // namespace isthmus
