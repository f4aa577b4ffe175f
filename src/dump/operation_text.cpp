#include "dump/operation_text.hpp"

#include <isthmus/dump.hpp>

#include "dump/format.hpp"

namespace isthmus {

AttributeText word_attribute(std::string_view key, std::string_view text) {
  return {key, boost::json::value(text), std::string(text)};
}

AttributeText flag_attribute(std::string_view key, bool is_set, std::string_view text) {
  return {key, is_set, std::string(is_set ? text : "")};
}

AttributeText value_attribute(const Node& node) {
  return {"value", json_number(static_cast<double>(node.value)), fmt::format("{}", node.value)};
}

AttributeTexts no_attributes(const Node&) { return {}; }

std::string attributes_text(const Node& node) {
  std::string text;
  for (const AttributeText& attribute : text_of(node.op).attributes(node)) {
    if (!text.empty() && !attribute.text.empty()) text += ", ";
    text += attribute.text;
  }
  return text;
}

std::string call_text(const plan::PlanView& plan, const plan::Group& group, std::string_view name,
                      const std::string& beside) {
  std::string inside;
  for (const int operand : {group.a, group.b, group.c}) {
    if (operand < 0) continue;
    if (!inside.empty()) inside += ", ";
    inside += value_name(plan, operand);
  }
  if (!inside.empty() && !beside.empty()) inside += "; ";
  return fmt::format("{}({}{})", name, inside, beside);
}

std::string call_of_node(const plan::PlanView& plan, const plan::Group& group) {
  const Node& node = plan.graph[group.node];
  return call_text(plan, group, name_of(node), attributes_text(node));
}

std::string call_of_anchor(const plan::PlanView& plan, const plan::Group& group) {
  return call_text(plan, group, name_of(group.anchor), "");
}

}  // namespace isthmus
