// The interface of every operation and every anchor for dumps. The implementations are in the operations' folders
// of src/ops/; src/ops/dumps.cpp lists them all.
#pragma once

#include <isthmus/plan/plan.hpp>

#include <boost/json/value.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace isthmus {

/// Something that a node has beside its operands: a slope, a window, a flag.
struct AttributeText {
  std::string_view key;  ///< in JSON; empty: for the text alone
  boost::json::value value;
  std::string text;  ///< in the text; empty: for JSON alone, or not worth a word
};
using AttributeTexts = std::vector<AttributeText>;

/// An attribute with the same text in both formats.
AttributeText word_attribute(std::string_view key, std::string_view text);
/// A flag, which the text has only where it is set.
AttributeText flag_attribute(std::string_view key, bool is_set, std::string_view text);
/// The node's `value`.
AttributeText value_attribute(const Node& node);

/// The texts of an operation in dumps.
struct OperationText {
  /// As it is written in C++: `matmul`.
  std::string_view name;
  /// The attributes of a node beside its operands, in the order of output.
  AttributeTexts (*attributes)(const Node& node);
  /// The DOT attributes of a node that is not drawn as a box: `shape=ellipse`.
  std::string_view drawn;
  /// The name of a node's function, if the operation is a family of functions: `leaky_relu`.
  std::string_view (*kind)(const Node& node) = nullptr;
  /// The name of a node, if it is not its label.
  std::string (*node_name)(const Node& node) = nullptr;
  /// The step of a layer that a node is, if it is not the node's operation.
  std::string (*step_name)(const Node& node) = nullptr;
  /// Whether DOT shows a node's name alone, and neither its operation nor its shape.
  bool is_drawn_by_name = false;
};
const OperationText& text_of(Op op);

/// The attributes of an operation whose nodes have operands and nothing else: none.
AttributeTexts no_attributes(const Node& node);

/// The attributes as text: `first transposed, second transposed`.
std::string attributes_text(const Node& node);

/// The texts of an anchor in dumps.
struct AnchorText {
  std::string_view name;
  /// A group is called by the anchor's name; else by what the node does that names the group.
  bool names_group;
  /// The text for `accumulator`; null: there is none.
  std::string (*accumulator)(const plan::PlanView& plan, const plan::Group& group);
  /// The text for the group's result at this place; null: it follows from the instructions.
  std::string (*result)(const plan::PlanView& plan, const plan::Group& group, int place);
};
const AnchorText& text_of(plan::Anchor anchor);

/// `name(a, b; beside)`: those of the anchor's three operands that there are, and what it has beside them, if
/// anything.
std::string call_text(const plan::PlanView& plan, const plan::Group& group, std::string_view name,
                      const std::string& beside);
/// The text of call_text with the operation of the group's node and its attributes: `max_pool(a; 2 × 2 by 2 × 2)`.
std::string call_of_node(const plan::PlanView& plan, const plan::Group& group);
/// The text of call_text with the anchor's name, and nothing beside the operands: `row_sum(a)`.
std::string call_of_anchor(const plan::PlanView& plan, const plan::Group& group);

}  // namespace isthmus
