#include <isthmus/dump.hpp>
#include <isthmus/error.hpp>
#include <isthmus/interchange/c_header.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "c_operation.hpp"
#include "inference.hpp"
#include "workspace.hpp"

namespace isthmus::interchange {
namespace {

bool has_text(const Node& node) {
  const COperation* const operation = c_operation(node.op);
  return operation != nullptr && operation->has(node);
}

std::string upper(std::string text) {
  for (char& c : text)
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  return text;
}

class Writer {
 public:
  Writer(GraphView graph, std::span<const NamedTensor> weights, const CHeaderText& text)
      : graph_(graph),
        known_(graph, weights),
        text_(text),
        macros_(upper(text.prefix)),
        names_{text.prefix + "_run", macros_ + "_H", macros_ + "_INPUT_SIZE", macros_ + "_OUTPUT_SIZE",
               macros_ + "_WORKSPACE_FLOATS"},
        values_(static_cast<std::size_t>(graph.size)) {}

  std::string write() {
    for (int i = 0; i < graph_.size; ++i) {
      value(i).known = known_[i];
      value(i).source = is_alias(graph_[i]) ? operand(graph_[i], 0).source : i;
    }
    find_lifetimes();
    place_values();
    const std::string arrays = written_arrays(), function = written_function();
    // All that needs the newer language is left out where it is older: a compiler goes on after an error, and
    // would find another one in each weight.
    return fmt::format("{}\n#ifndef {}_H\n#define {}_H\n\n{}\n#include <math.h>\n\n{}\n{}\n{}\n#endif\n#endif\n",
                       comment(), macros_, macros_, language_check(), written_sizes(), arrays, function);
  }

 private:
  struct Value {
    std::span<const float> known;  ///< values that do not depend on the input
    int source = -1;               ///< the node whose values these are: itself, unless it is an alias
    int last = -1;                 ///< the last node that reads it, none if it is not needed
    CPlace place;
  };
  /// An argument: the samples of an input, or the place of a side output.
  struct Pointer {
    std::string name, size;
    const Node* node;
  };

  Value& value(int i) { return values_[static_cast<std::size_t>(i)]; }
  Value& operand(const Node& node, int k) { return value(node.inputs[k]); }

  /// Finds, from the outputs backwards, which values are used and the last node that uses each.
  void find_lifetimes() {
    for (int i = graph_.size - 1; i >= 0; --i) {
      const Node& node = graph_[i];
      if (is_sink(node.op)) value(i).last = i;
      if (value(i).last < 0 || !value(i).known.empty() || is_alias(node)) continue;
      for (int k = 0; k < 3 && node.inputs[k] >= 0; ++k) {
        Value& read = value(operand(node, k).source);
        read.last = std::max(read.last, i);
      }
    }
  }

  bool is_computed(int i) {
    const Node& node = graph_[i];
    return value(i).last >= 0 && value(i).known.empty() && !is_alias(node) && !is_sink(node.op) && !is_input(node);
  }

  void place_values() {
    name_inputs();
    std::vector<Lifetime> lifetimes;
    for (int i = 0; i < graph_.size; ++i)
      if (is_computed(i)) lifetimes.push_back({graph_[i].shape.elements_per_sample(), i, value(i).last});
    offsets_ = place_in_workspace(lifetimes, workspace_);
    for (int i = 0; i < graph_.size; ++i) {
      Value& self = value(i);
      if (is_alias(graph_[i])) self.place = value(self.source).place;
      else if (is_input(graph_[i])) self.place.text = name_of_input(graph_[i]);
      else if (self.known.size() == 1) self.place = {c_literal(self.known[0]), true};
      else if (!self.known.empty() && self.last >= 0) self.place.text = array_name(graph_[i]);
      else self.place.text = fmt::format("v{}", i);
    }
    for (const Node& node : graph_) {
      if (!is_side_output(node)) continue;
      const std::string name = c_name(node.label.layer);
      side_outputs_.push_back(
          {names_.take(name + "_output"), names_.take(fmt::format("{}_{}_SIZE", macros_, upper(name))), &node});
    }
  }

  /// The only input is called `input`, several have their names.
  void name_inputs() {
    for (const int i : inputs_of(graph_)) {
      const Node& node = graph_[i];
      const std::string name = c_name(node.label.layer);
      inputs_.push_back(
          {names_.take(name + "_input"), names_.take(fmt::format("{}_{}_SIZE", macros_, upper(name))), &node});
    }
    if (inputs_.size() == 1) inputs_[0] = {"input", macros_ + "_INPUT_SIZE", inputs_[0].node};
  }
  const std::string& name_of_input(const Node& node) const {
    return std::find_if(inputs_.begin(), inputs_.end(), [&](const Pointer& one) { return one.node == &node; })
        ->name;
  }

  /// `dense_enc1_weight`
  std::string array_name(const Node& node) {
    const bool is_of_the_graph = known_operation(node.op).values != nullptr;
    std::string name = c_name(is_of_the_graph ? std::string(name_of(node)) : node_name(node));
    if (name.empty()) name = "values";
    return names_.take(fmt::format("{}_{}", text_.prefix, name));
  }

  std::string written_arrays() {
    std::string text;
    const auto to = std::back_inserter(text);
    for (int i = 0; i < graph_.size; ++i) {
      const Value& self = value(i);
      if (self.known.empty() || self.last < 0 || self.place.is_number || is_alias(graph_[i])) continue;
      fmt::format_to(to, "/* {} */\nstatic const float {}[{}] = {{", c_comment(to_text(graph_[i].shape)),
                     self.place.text, self.known.size());
      constexpr std::size_t in_a_line = 8;
      for (std::size_t e = 0; e < self.known.size(); ++e)
        fmt::format_to(to, "{}{},", e % in_a_line == 0 ? "\n  " : " ", c_literal(self.known[e]));
      text += "\n};\n";
    }
    return text;
  }

  std::string written_sizes() const {
    std::string text;
    const auto define = [&](const std::string& name, std::int64_t number) {
      text += fmt::format("#define {} {}\n", name, number);
    };
    for (const Pointer& input : inputs_) define(input.size, input.node->shape.elements_per_sample());
    for (const Node& node : graph_)
      if (is_output(node)) define(macros_ + "_OUTPUT_SIZE", node.shape.elements_per_sample());
    for (const Pointer& side : side_outputs_) define(side.size, side.node->shape.elements_per_sample());
    // An array of none is no array.
    define(macros_ + "_WORKSPACE_FLOATS", std::max<std::int64_t>(workspace_, 1));
    return text;
  }

  std::string written_function() {
    CCode code;
    std::size_t placed = 0, side = 0;
    if (offsets_.empty()) code.line("(void)workspace;");
    for (int i = 0; i < graph_.size; ++i)
      if (is_input(graph_[i]) && value(i).last < 0) code.line(fmt::format("(void){};", name_of_input(graph_[i])));
    for (int i = 0; i < graph_.size; ++i) {
      const Node& node = graph_[i];
      if (!is_computed(i) && !is_sink(node.op)) continue;
      std::vector<CPlace> operands;
      for (int k = 0; k < 3 && node.inputs[k] >= 0; ++k) operands.push_back(operand(node, k).place);
      code.line(fmt::format("/* {} {} */", c_comment(described(node)), c_comment(to_text(node.shape))));
      std::string result = value(i).place.text;
      if (is_output(node)) result = "output";
      else if (is_side_output(node)) result = side_outputs_[side++].name;
      else code.line(fmt::format("float* const {} = workspace + {};", result, offsets_[placed++]));
      const std::size_t depth = code.depth();
      c_operation(node.op)->write({code, graph_, node, operands, result});
      code.close_to(depth);
    }
    return fmt::format("static inline void {} {{\n{}}}\n", signature(), code.take());
  }

  std::string signature() const {
    std::string inputs, side_outputs;
    for (const Pointer& input : inputs_) inputs += fmt::format("const float* {}, ", input.name);
    for (const Pointer& side : side_outputs_) side_outputs += fmt::format("float* {}, ", side.name);
    return fmt::format("{}_run({}float* output, {}float* workspace)", text_.prefix, inputs, side_outputs);
  }

  /// Hexadecimal floats, and in C declarations within `for`. GCC's own dialects (gnu++98, gnu++11), clang and MSVC
  /// have the former in every C++; in C, MSVC has both, and says its version only where it is asked to.
  std::string language_check() const {
    return fmt::format(
        "#if defined(__cplusplus) && __cplusplus < 201703L && defined(__STRICT_ANSI__) && !defined(__clang__)\n"
        "#error \"{0}: expected C++17 or newer (-std=c++17), or a GNU dialect (-std=gnu++11): no hexadecimal "
        "floats before\"\n"
        "#elif !defined(__cplusplus) && !defined(_MSC_VER) && \\\n"
        "    (!defined(__STDC_VERSION__) || __STDC_VERSION__ < 199901L)\n"
        "#error \"{0}: expected C99 or newer (-std=c99)\"\n"
        "#else\n",
        text_.prefix);
  }

  std::string comment() const {
    std::string text = fmt::format("/* {}\n", c_comment(text_.prefix));
    const auto add = [&](const std::string& line) {
      text += line.empty() ? " *\n" : fmt::format(" * {}\n", line);
    };
    for (const std::string& remark : text_.remarks) add(c_comment(remark));
    add("");
    for (const Node& node : graph_)
      if (is_input(node) || is_sink(node.op))
        add(c_comment(fmt::format("{} {}: {} floats, {}", name_of(node), node.label.layer,
                                  node.shape.elements_per_sample(), to_text(node.shape))));
    add("One sample at a time, row-major; nothing may overlap the outputs or the workspace. Nothing is");
    add("allocated or kept between calls: threads need a workspace each.");
    add("");
    std::string arguments;
    for (const Pointer& input : inputs_) {
      add(fmt::format("  static float {}[{}];", input.name, input.size));
      arguments += input.name + ", ";
    }
    add(fmt::format("  static float output[{}_OUTPUT_SIZE];", macros_));
    arguments += "output, ";
    for (const Pointer& side : side_outputs_) {
      add(fmt::format("  static float {}[{}];", side.name, side.size));
      arguments += side.name + ", ";
    }
    add(fmt::format("  static float workspace[{}_WORKSPACE_FLOATS];", macros_));
    add(fmt::format("  {}_run({}workspace);", text_.prefix, arguments));
    add("");
    add("C99 or newer; C++17 or newer, or any of GNU's dialects, such as gnu++11. */");
    return text;
  }

  GraphView graph_;
  KnownValues known_;
  const CHeaderText& text_;
  std::string macros_;
  CNames names_;
  std::vector<Value> values_;
  std::vector<std::int64_t> offsets_;  ///< of the computed values, in the graph's order
  std::int64_t workspace_ = 0;
  std::vector<Pointer> inputs_, side_outputs_;
};

}  // namespace

bool is_c_identifier(std::string_view name) {
  return !name.empty() && c_name(name) == name && !(name[0] >= '0' && name[0] <= '9');
}

std::string c_header(GraphView graph, std::span<const NamedTensor> weights, const CHeaderText& text) {
  if (!is_c_identifier(text.prefix))
    throw Error(fmt::format("a C header: expected a C identifier as its prefix, found '{}'", text.prefix));
  require_inference(graph, "a C header", "RowOperation::c", has_text);
  return Writer(graph, weights, text).write();
}

}  // namespace isthmus::interchange
