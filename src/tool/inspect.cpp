#include "commands.hpp"
#include "output.hpp"

#include <isthmus/dump.hpp>
#include <isthmus/run/registry.hpp>
#include <isthmus/schedule/cut_report.hpp>
#include <isthmus/schedule/rank.hpp>

#include <fmt/format.h>
#include <boost/json/array.hpp>

#include "text.hpp"

namespace isthmus::tool {
namespace {

enum class Stage { declared, training, plan, schedule };

const std::vector<std::pair<std::string, Stage>> stages{{"declared", Stage::declared},
                                                        {"training", Stage::training},
                                                        {"plan", Stage::plan},
                                                        {"schedule", Stage::schedule}};
const std::vector<std::pair<std::string, DumpFormat>> formats{
    {"text", DumpFormat::text}, {"dot", DumpFormat::dot}, {"json", DumpFormat::json}};
const std::vector<std::pair<std::string, Role>> roles{{"train", Role::train},
                                                      {"evaluate", Role::evaluate},
                                                      {"reconstruct", Role::reconstruct},
                                                      {"encode", Role::encode},
                                                      {"decode", Role::decode}};

struct Options {
  std::string graph;
  Stage stage = Stage::declared;
  DumpFormat format = DumpFormat::text;
  Role role = Role::train;
  int batch = 1024;
  bool cut = false;
};

std::vector<std::string> node_row(GraphView graph, int node, const std::string& mark) {
  return {fmt::format("{}%{}", mark, node), std::string(name_of(graph[node].op)), to_text(graph[node].shape),
          node_name(graph[node]), fmt::format("{} bytes", schedule::bytes_per_sample(graph[node]))};
}

std::string cut_text(GraphView graph, const schedule::CutReport& report, const std::string& title) {
  std::string text = fmt::format("{}: the narrowest cut between input and output is {} bytes per sample\n",
                                 title, report.bytes);
  std::vector<std::vector<std::string>> rows;
  for (const int node : report.cut) rows.push_back(node_row(graph, node, "  "));
  text += table(rows);
  text += report.bottleneck_is_narrowest
              ? "the bottleneck is the narrowest cut\n"
              : fmt::format("the bottleneck is wider: {} bytes per sample\n", report.bottleneck_bytes);
  text += "every way from input to output passes\n";
  rows.clear();
  for (const int node : report.dominators)
    rows.push_back(node_row(graph, node, node == report.bottleneck ? "* " : "  "));
  return text + table(rows);
}

boost::json::array node_list(GraphView graph, const std::vector<int>& nodes) {
  boost::json::array list;
  for (const int node : nodes)
    list.push_back(boost::json::object{{"id", node},
                                       {"op", name_of(graph[node].op)},
                                       {"name", node_name(graph[node])},
                                       {"bytes_per_sample", schedule::bytes_per_sample(graph[node])}});
  return list;
}

void show_cut(const ModelEntry& entry, DumpFormat format) {
  const schedule::CutReport report = schedule::report_cut(entry.declared);
  if (format == DumpFormat::dot) return print(dump(entry.declared, format, entry.name, report.cut));
  if (format == DumpFormat::text) return print(cut_text(entry.declared, report, entry.name));
  print(boost::json::object{{"graph", entry.name},
                            {"bytes_per_sample", report.bytes},
                            {"cut", node_list(entry.declared, report.cut)},
                            {"bottleneck", report.bottleneck},
                            {"bottleneck_bytes_per_sample", report.bottleneck_bytes},
                            {"bottleneck_is_narrowest", report.bottleneck_is_narrowest},
                            {"dominators", node_list(entry.declared, report.dominators)}});
}

void inspect(const Options& options) {
  const ModelEntry& entry = *find_model(options.graph);
  if (options.cut) return show_cut(entry, options.format);
  if (options.stage == Stage::declared) return print(dump(entry.declared, options.format, options.graph));
  if (options.stage == Stage::training)
    return print(dump(entry.training, options.format, options.graph + ", training"));
  const plan::PlanView plan = entry.program(options.role).plan;
  const plan::MemoryPlan memory = plan::plan_memory(plan, options.batch);
  const std::string title = fmt::format("{}, {}", options.graph, name_of(options.role));
  if (options.stage == Stage::plan) return print(dump(plan, memory, options.batch, options.format, title));
  const schedule::TaskGraph tasks =
      schedule::sort_by_urgency(schedule::make_task_graph(plan, memory, options.batch));
  print(dump(plan, tasks, options.format, title));
}

}  // namespace

void add_inspect(CLI::App& app) {
  CLI::App* const command =
      app.add_subcommand("inspect", "Show a model at any stage, from the declaration to the tasks");
  const auto options = std::make_shared<Options>();
  add_graph_argument(*command, options->graph);
  add_choice(*command, "--stage", "STAGE", options->stage, stages,
             "declared, training (loss, gradients and update), plan or schedule (default: declared)");
  add_choice(*command, "--as", "FORMAT", options->format, formats,
             "text, dot (for Graphviz) or json (default: text)");
  add_choice(*command, "--role", "ROLE", options->role, roles,
             "of plan and schedule: train, evaluate, reconstruct, encode or decode (default: train)");
  add_batch_option(*command, options->batch, "of plan and schedule: the largest batch");
  command->add_flag("--cut", options->cut, "show the narrowest cut of the declared model instead");
  command->callback([options] { inspect(*options); });
}

}  // namespace isthmus::tool
