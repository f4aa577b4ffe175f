#include <isthmus/builder.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <string_view>

#include "ops/c_texts.hpp"

namespace isthmus::interchange {
namespace {

bool is_in_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

/// The pattern with expressions in the place of its words a, b and c.
std::string substitute(std::string_view pattern, const std::array<std::string, 3>& operands) {
  std::string text;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    const char c = pattern[i];
    const bool alone =
        (i == 0 || !is_in_word(pattern[i - 1])) && (i + 1 == pattern.size() || !is_in_word(pattern[i + 1]));
    if (alone && c >= 'a' && c <= 'c') text += operands[static_cast<std::size_t>(c - 'a')];
    else text += c;
  }
  return text;
}

/// Puts a text in parentheses, unless it is a word or a number.
std::string as_operand(const std::string& text) {
  const auto is_part = [](char c) { return is_in_word(c) || c == '.'; };
  return std::all_of(text.begin(), text.end(), is_part) ? text : "(" + text + ")";
}

std::string expression(const Elementwise& function, const std::array<std::string, 3>& operands, float value) {
  const FormulaSteps steps = function.formula();
  if (steps.count == 0) return substitute(function.row.c, operands);
  std::array<std::string, FormulaSteps::most> known{operands[0], operands[1], operands[2], c_literal(value)};
  for (std::size_t i = FormulaSteps::leaves; i < static_cast<std::size_t>(steps.count); ++i) {
    const FormulaStep& step = steps[static_cast<int>(i)];
    const auto operand = [&](std::size_t k) {
      return step.inputs[k] < 0 ? std::string() : as_operand(known[static_cast<std::size_t>(step.inputs[k])]);
    };
    known[i] = step.function == nullptr
                   ? c_literal(step.value)
                   : expression(*step.function, {operand(0), operand(1), operand(2)}, step.value);
  }
  return known[static_cast<std::size_t>(steps.result)];
}

/// The operation of the operands `a`, `b` and `c` as an expression in C: isthmus::evaluate is the same as a
/// number, with the same answers to NaN and to zeros of either sign.
std::string c_expression(const Elementwise& function, float value) {
  return expression(function, {"a", "b", "c"}, value);
}

void write_elementwise(const CLoops& loops) {
  const std::size_t depth = loops.code.depth();
  std::vector<Shape> shapes{loops.node.shape};
  for (int k = 0; k < 3 && loops.node.inputs[k] >= 0; ++k) shapes.push_back(loops.shape_of_operand(k));
  const std::vector<std::string> at = open_walk(loops.code, walk(loops.node.shape, shapes));
  // A single value has no loop, and so no block yet for what is declared here.
  if (loops.code.depth() == depth) loops.code.open("");
  std::string values, unread;
  for (std::size_t k = 0; k + 1 < shapes.size(); ++k) {
    values += fmt::format("{}{} = {}", k == 0 ? "" : ", ", "abc"[k], loops.operands[k].at(at[k + 1]));
    // A formula may leave an operand to its gradient.
    if (!is_read(*loops.node.function, static_cast<int>(k))) unread += fmt::format(" (void){};", "abc"[k]);
  }
  loops.code.line(fmt::format("const float {};{}", values, unread));
  loops.code.line(
      fmt::format("{}[{}] = {};", loops.result, at[0], c_expression(*loops.node.function, loops.node.value)));
}

}  // namespace

const COperation c_text::elementwise{.has = in_every_form, .write = write_elementwise};

}  // namespace isthmus::interchange
