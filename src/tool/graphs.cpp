#include "commands.hpp"
#include "output.hpp"

#include <isthmus/plan/cost.hpp>
#include <isthmus/run/registry.hpp>

#include <fmt/format.h>
#include <boost/json/array.hpp>

#include "text.hpp"

namespace isthmus::tool {
namespace {

/// The facts about a model in the list.
struct Facts {
  std::int64_t parameters;
  std::int64_t flops_per_sample;
  std::int64_t input, bottleneck;
  std::string bottleneck_layer;
};

Facts facts_of(const ModelEntry& entry) {
  const Node& input = entry.declared[find_first(entry.declared, is_input)];
  const Node& code = entry.declared[find_first(entry.declared, is_bottleneck)];
  return {parameter_count(entry.declared), static_cast<std::int64_t>(plan::graph_cost(entry.declared, 1).flops),
          input.shape.elements_per_sample(), code.shape.elements_per_sample(), code.label.layer};
}

void list_graphs(bool json) {
  boost::json::array list;
  std::vector<std::vector<std::string>> rows{
      {"GRAPH", "PARAMETERS", "FLOP/SAMPLE", "INPUT", "BOTTLENECK", "SUMMARY"}};
  for (const ModelEntry& entry : registered_models()) {
    const Facts facts = facts_of(entry);
    list.push_back(boost::json::object{{"graph", entry.name},
                                       {"parameters", facts.parameters},
                                       {"flops_per_sample", facts.flops_per_sample},
                                       {"input", facts.input},
                                       {"bottleneck", facts.bottleneck},
                                       {"bottleneck_layer", facts.bottleneck_layer},
                                       {"summary", entry.summary}});
    rows.push_back({entry.name, grouped(facts.parameters), grouped(facts.flops_per_sample), grouped(facts.input),
                    fmt::format("{} ({})", facts.bottleneck, facts.bottleneck_layer), entry.summary});
  }
  if (json) print(boost::json::object{{"graphs", std::move(list)}});
  else print(table(rows));
}

}  // namespace

void add_graphs(CLI::App& app) {
  const Command command(app, "graphs", "List the models: parameters, operations per sample, bottleneck");
  const auto json = std::make_shared<bool>(false);
  add_json_flag(command, *json);
  command.callback([json] { list_graphs(*json); });
}

}  // namespace isthmus::tool
