// What dumps ask of every operation and every anchor. Each answers in its own folder of src/ops/;
// src/ops/dumps.cpp knows them all.
#pragma once

#include <isthmus/plan/plan.hpp>

#include <boost/json/value.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace isthmus {

/// Something that a node has beside its operands: a slope, a window, a flag.
struct Attribute {
  std::string_view key;  ///< in JSON; empty: for the text alone
  boost::json::value value;
  std::string text;  ///< in the text; empty: for JSON alone, or not worth a word
};
using Attributes = std::vector<Attribute>;

/// The same in both formats.
Attribute word_attribute(std::string_view key, std::string_view text);
/// The text tells it only where it is set.
Attribute flag_attribute(std::string_view key, bool is_set, std::string_view text);
/// The node's `value`.
Attribute value_attribute(const Node& node);

/// What dumps say of an operation.
struct OperationText {
  /// As it is written in C++: `matmul`.
  std::string_view name;
  /// What a node has beside its operands, in the order in which it is told.
  Attributes (*attributes)(const Node& node);
  /// What DOT draws other than a box: `shape=ellipse`.
  std::string_view drawn;
  /// The name of what a node does, if the operation is a whole kind of them: `leaky_relu`.
  std::string_view (*kind)(const Node& node) = nullptr;
  /// What a node is called, if not by its label.
  std::string (*node_name)(const Node& node) = nullptr;
  /// What a layer does by a node, if not what the node does.
  std::string (*step_name)(const Node& node) = nullptr;
  /// DOT shows what a node is called, and neither its operation nor its shape.
  bool is_drawn_by_name = false;
};
const OperationText& text_of(Op op);

/// Of an operation whose nodes have operands and nothing else.
Attributes no_attributes(const Node& node);

/// The attributes as text: `first transposed, second transposed`.
std::string attributes_text(const Node& node);

/// What dumps say of an anchor.
struct AnchorText {
  std::string_view name;
  /// A group is called by the anchor's name; else by what the node does that names the group.
  bool names_group;
  /// What `accumulator` is; null: there is none.
  std::string (*accumulator)(const plan::PlanView& plan, const plan::Group& group);
  /// What the group's result at this place is; null: its instructions say so.
  std::string (*result)(const plan::PlanView& plan, const plan::Group& group, int place);
};
const AnchorText& text_of(plan::Anchor anchor);

/// `name(a, b; beside)`: those of the anchor's three operands that there are, and what it has beside them, if
/// anything.
std::string call_text(const plan::PlanView& plan, const plan::Group& group, std::string_view name,
                      const std::string& beside);
/// The same with what the group's node does, and its attributes: `max_pool(a; 2 × 2 by 2 × 2)`.
std::string call_of_node(const plan::PlanView& plan, const plan::Group& group);
/// The same with the anchor's name, and nothing beside the operands: `row_sum(a)`.
std::string call_of_anchor(const plan::PlanView& plan, const plan::Group& group);

}  // namespace isthmus
