#include "commands.hpp"
#include "output.hpp"

#include <isthmus/dump.hpp>
#include <isthmus/run/registry.hpp>
#include <isthmus/schedule/cut_report.hpp>
#include <isthmus/schedule/rank.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <boost/json/array.hpp>

#include <algorithm>

#include "run/machine_memory.hpp"
#include "text.hpp"

namespace isthmus::tool {
namespace {

enum class Stage { declared, rewritten, training, plan, schedule };

const std::vector<std::pair<std::string, Stage>> stages{{"declared", Stage::declared},
                                                        {"rewritten", Stage::rewritten},
                                                        {"training", Stage::training},
                                                        {"plan", Stage::plan},
                                                        {"schedule", Stage::schedule}};
const std::vector<std::pair<std::string, DumpFormat>> formats{
    {"text", DumpFormat::text}, {"dot", DumpFormat::dot}, {"json", DumpFormat::json}};
const std::vector<std::pair<std::string, Role>> role_words{{"train", Role::train},
                                                           {"evaluate", Role::evaluate},
                                                           {"reconstruct", Role::reconstruct},
                                                           {"encode", Role::encode},
                                                           {"decode", Role::decode},
                                                           {"corrupt", Role::corrupt},
                                                           {"train_distributed", Role::train_distributed}};
const std::vector<std::pair<std::string, bool plan::Rewrites::*>> rewrites{
    {"absorb_upsampling", &plan::Rewrites::absorb_upsampling},
    {"pool_first", &plan::Rewrites::pool_first},
    {"fuse_pooling", &plan::Rewrites::fuse_pooling},
    {"fold_normalization", &plan::Rewrites::fold_normalization},
    {"use_sparsity", &plan::Rewrites::use_sparsity},
    {"winograd", &plan::Rewrites::winograd}};

struct InspectOptions {
  std::string graph;
  Stage stage = Stage::declared;
  DumpFormat format = DumpFormat::text;
  Role role = Role::train;
  int batch = 1024;
  bool cut = false;
  std::vector<std::string> without;
};

std::vector<std::string> node_row(GraphView graph, int node, const std::string& mark) {
  return {fmt::format("{}%{}", mark, node), std::string(name_of(graph[node])), to_text(graph[node].shape),
          node_name(graph[node]), fmt::format("{} bytes", schedule::bytes_per_sample(graph[node]))};
}

std::string cut_text(GraphView graph, const schedule::CutReport& report, const std::string& title) {
  std::string text =
      fmt::format("{}: the narrowest cut between input and output is {} bytes per sample\n", title, report.bytes);
  std::vector<std::vector<std::string>> rows;
  for (const int node : report.cut) rows.push_back(node_row(graph, node, "  "));
  text += table(rows);
  const bool several = report.bottlenecks.size() > 1;
  text += report.bottleneck_is_narrowest
              ? fmt::format("{} the narrowest cut\n", several ? "the bottlenecks are" : "the bottleneck is")
              : fmt::format("{} wider: {} bytes per sample\n",
                            several ? "the bottlenecks are" : "the bottleneck is", report.bottleneck_bytes);
  text += "every way from input to output passes\n";
  rows.clear();
  for (const int node : report.dominators)
    rows.push_back(node_row(graph, node, is_bottleneck(graph[node]) ? "* " : "  "));
  text += table(rows);
  if (report.conditions.empty()) return text;
  text += "conditions, which go around it\n";
  rows.clear();
  for (const int node : report.conditions) rows.push_back(node_row(graph, node, "  "));
  return text + table(rows);
}

boost::json::array node_list(GraphView graph, const std::vector<int>& nodes) {
  boost::json::array list;
  for (const int node : nodes)
    list.push_back(boost::json::object{{"id", node},
                                       {"op", name_of(graph[node])},
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
                            {"bottleneck", report.bottlenecks.front()},
                            {"bottlenecks", node_list(entry.declared, report.bottlenecks)},
                            {"bottleneck_bytes_per_sample", report.bottleneck_bytes},
                            {"bottleneck_is_narrowest", report.bottleneck_is_narrowest},
                            {"dominators", node_list(entry.declared, report.dominators)},
                            {"conditions", node_list(entry.declared, report.conditions)}});
}

void inspect(const InspectOptions& options) {
  const ModelEntry& entry = *find_model(options.graph);
  if (options.cut) return show_cut(entry, options.format);
  if (options.stage == Stage::declared) return print(dump(entry.declared, options.format, options.graph));
  plan::Rewrites chosen = entry.rewrites;
  for (const auto& [name, member] : rewrites)
    if (std::find(options.without.begin(), options.without.end(), name) != options.without.end())
      chosen.*member = false;
  const std::string title = fmt::format("{}, {}", options.graph, name_of(options.role));
  if (options.stage == Stage::rewritten)
    return print(dump(plan::rewrite_declared(entry.declared, options.role, chosen), options.format, title));
  const Graph source = entry.source(options.role, chosen);
  if (options.stage == Stage::training) return print(dump(source, options.format, title));
  const plan::PlanBuilder builder = plan::make_plan(source, chosen);
  const plan::PlanView plan = plan::view(builder);
  const plan::MemoryPlan memory = plan::plan_memory(plan, options.batch);
  if (options.stage == Stage::plan) return print(dump(plan, memory, options.batch, options.format, title));
  // The number of tasks grows with the batch: they are not listed for a program that could not run.
  run::require_memory(memory.arena_bytes, fmt::format("an arena for batches of {} samples", options.batch));
  const schedule::TaskGraph tasks =
      schedule::sort_by_urgency(schedule::make_task_graph(plan, memory, options.batch));
  print(dump(plan, tasks, options.format, title));
}

}  // namespace

void add_inspect(CLI::App& app) {
  const Command command(app, "inspect", "Show a model at any stage, from the declaration to the tasks");
  const auto options = std::make_shared<InspectOptions>();
  add_graph_argument(command, options->graph);
  add_choice(command, "--stage", "STAGE", options->stage, stages,
             "declared, rewritten (what is differentiated), training (the role's whole graph: loss, gradients and "
             "update), plan or schedule (default: declared)");
  add_choice(command, "--as", "FORMAT", options->format, formats,
             "text, dot (for Graphviz) or json (default: text)");
  add_choice(command, "--role", "ROLE", options->role, role_words,
             "of all but declared: train, evaluate, reconstruct, encode, decode, corrupt or train_distributed "
             "(default: train)");
  std::vector<std::string> names;
  for (const auto& [name, member] : rewrites) names.push_back(name);
  command
      .add_option("--without", options->without, fmt::format("rewrites to switch off: {}", fmt::join(names, ", ")))
      .type_name("REWRITE,…")
      .delimiter(',')
      .check(one_of(names));
  add_batch_option(command, options->batch, "of plan and schedule: the largest batch");
  command.add_flag("--cut", options->cut, "show the narrowest cut of the declared model instead");
  command.callback([options] { inspect(*options); });
}

}  // namespace isthmus::tool
