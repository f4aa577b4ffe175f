#include "elementwise.hpp"

#include <isthmus/builder.hpp>

#include <algorithm>
#include <array>
#include <cctype>
#include <string_view>

#include "c_text.hpp"

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

/// In parentheses, unless it is a word or a number.
std::string as_operand(const std::string& text) {
  const auto is_part = [](char c) { return is_in_word(c) || c == '.'; };
  return std::all_of(text.begin(), text.end(), is_part) ? text : "(" + text + ")";
}

std::string expression(const Elementwise& function, const std::array<std::string, 3>& operands, float value) {
  if (function.steps.count == 0) return substitute(function.row.c, operands);
  std::array<std::string, FormulaSteps::most> known{operands[0], operands[1], operands[2], c_literal(value)};
  for (std::size_t i = FormulaSteps::leaves; i < static_cast<std::size_t>(function.steps.count); ++i) {
    const FormulaSteps::Step& step = function.steps.at[i];
    const auto operand = [&](std::size_t k) {
      return step.inputs[k] < 0 ? std::string() : as_operand(known[static_cast<std::size_t>(step.inputs[k])]);
    };
    known[i] = step.function == nullptr
                   ? c_literal(step.value)
                   : expression(*step.function, {operand(0), operand(1), operand(2)}, step.value);
  }
  return known[static_cast<std::size_t>(function.steps.result)];
}

}  // namespace

std::string c_expression(const Elementwise& function, float value) {
  return expression(function, {"a", "b", "c"}, value);
}

std::size_t Walk::place(std::size_t tensor, std::size_t at) const {
  std::size_t place = 0;
  for (std::size_t axis = extents.size(); axis-- > 0;) {
    const auto extent = static_cast<std::size_t>(extents[axis]);
    place += at % extent * static_cast<std::size_t>(strides[tensor][axis]);
    at /= extent;
  }
  return place;
}

Walk walk(const Shape& over, std::span<const Shape> tensors) {
  const auto extent = [](const Shape& shape, int from_the_end) -> std::int64_t {
    const int dim = from_the_end > shape.rank ? 1 : shape.dim[shape.rank - from_the_end];
    return dim == batch ? 1 : dim;
  };
  // From the last axis to the first, so that an axis is joined with the one inside of it.
  Walk walk;
  walk.strides.resize(tensors.size());
  std::vector<std::int64_t> next(tensors.size(), 1);
  for (int d = 1; d <= over.rank; ++d) {
    const std::int64_t count = extent(over, d);
    if (count == 1) continue;
    bool joins = !walk.extents.empty();
    std::vector<std::int64_t> strides(tensors.size());
    for (std::size_t t = 0; t < tensors.size(); ++t) {
      const std::int64_t own = extent(tensors[t], d);
      strides[t] = own == 1 ? 0 : next[t];
      next[t] *= own;
      joins = joins && strides[t] == walk.strides[t].back() * walk.extents.back();
    }
    if (joins) {
      walk.extents.back() *= count;
      continue;
    }
    walk.extents.push_back(count);
    for (std::size_t t = 0; t < tensors.size(); ++t) walk.strides[t].push_back(strides[t]);
  }
  std::reverse(walk.extents.begin(), walk.extents.end());
  for (std::vector<std::int64_t>& strides : walk.strides) std::reverse(strides.begin(), strides.end());
  return walk;
}

}  // namespace isthmus::interchange
