#include <isthmus/dump.hpp>
#include <isthmus/initializer.hpp>

#include <fmt/format.h>

#include "ops/dumps.hpp"

namespace isthmus::ops {
namespace {

constexpr std::string_view memory = "shape=cylinder", number = "shape=plaintext";

std::string number_name(const Node& node) { return fmt::format("{}", node.value); }
std::string one_hot_name(const Node& node) { return fmt::format("one_hot {}", node.value); }
std::string scalar_name(const Node& node) { return std::string(name_of(node.attribute.as<HostScalar>())); }

/// The value in JSON only, since the name of such a node contains it.
AttributeTexts value_in_json(const Node& node) { return {{"value", value_attribute(node).value, ""}}; }

AttributeTexts host_scalar_attributes(const Node& node) {
  if (node.attribute.as<HostScalar>() != HostScalar::learning_rate && node.value == 0) return {};
  return {value_attribute(node)};
}

/// Data are what an input usually is.
AttributeTexts port_attributes(const Node& node) {
  const auto kind = node.attribute.as<PortKind>();
  if (kind == PortKind::data) return {};
  return {word_attribute("port", name_of(kind))};
}

std::string port_step(const Node& node) {
  const auto kind = node.attribute.as<PortKind>();
  return kind == PortKind::data ? "input" : std::string(name_of(kind));
}

AttributeTexts parameter_attributes(const Node& node) {
  AttributeTexts list{word_attribute("initializer", node.initializer->name)};
  if (node.initializer->has_value) {
    list[0].text += fmt::format(" {}", node.value);
    list.push_back({"value", value_attribute(node).value, ""});
  }
  if (!node.trained) list.push_back({"", nullptr, "not trained"});
  return list;
}

}  // namespace

constexpr OperationText input_text{
    .name = "input", .attributes = port_attributes, .drawn = "shape=ellipse", .step_name = port_step};
constexpr OperationText parameter_text{.name = "parameter", .attributes = parameter_attributes, .drawn = memory};
constexpr OperationText state_text{.name = "state", .attributes = no_attributes, .drawn = memory};
constexpr OperationText constant_text{.name = "constant",
                                      .attributes = value_in_json,
                                      .drawn = number,
                                      .node_name = number_name,
                                      .is_drawn_by_name = true};
constexpr OperationText one_hot_text{
    .name = "one_hot", .attributes = value_in_json, .drawn = number, .node_name = one_hot_name};
constexpr OperationText host_scalar_text{.name = "host_scalar",
                                         .attributes = host_scalar_attributes,
                                         .drawn = number,
                                         .node_name = scalar_name,
                                         .is_drawn_by_name = true};

}  // namespace isthmus::ops
