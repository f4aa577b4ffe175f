#include "commands.hpp"
#include "output.hpp"

#include <isthmus/dump.hpp>
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
  const Node& input = entry.declared[first_port(entry.declared, PortKind::data)];
  const Node& code = entry.declared[find_first(entry.declared, is_bottleneck)];
  return {parameter_count(entry.declared), static_cast<std::int64_t>(plan::graph_cost(entry.declared, 1).flops),
          input.shape.elements_per_sample(), code.shape.elements_per_sample(), code.label.layer};
}

/// The inputs with what they are for and the values of a sample.
boost::json::array inputs_of_model(GraphView declared) {
  boost::json::array list;
  for (const int i : inputs_of(declared)) {
    const Node& node = declared[i];
    list.push_back(boost::json::object{{"name", node.label.layer},
                                       {"kind", name_of(node.attribute.as<PortKind>())},
                                       {"size", node.shape.elements_per_sample()}});
  }
  return list;
}

/// `784`, or `784 + label, mask`.
std::string input_text(GraphView declared, const Facts& facts) {
  std::string others;
  for (const int i : inputs_of(declared))
    if (i != first_port(declared, PortKind::data))
      others += fmt::format("{}{}", others.empty() ? " + " : ", ", declared[i].label.layer);
  return grouped(facts.input) + others;
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
                                       {"inputs", inputs_of_model(entry.declared)},
                                       {"bottleneck", facts.bottleneck},
                                       {"bottleneck_layer", facts.bottleneck_layer},
                                       {"summary", entry.summary}});
    rows.push_back({entry.name, grouped(facts.parameters), grouped(facts.flops_per_sample),
                    input_text(entry.declared, facts),
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
