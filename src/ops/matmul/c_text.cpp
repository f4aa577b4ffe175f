#include <fmt/format.h>

#include "ops/c_texts.hpp"

namespace isthmus::interchange {
namespace {

void write_transpose(const CLoops& loops) {
  const CAxis row{"r", loops.node.shape.dim[0]}, column{"c", loops.node.shape.dim[1]};
  loops.code.loop(row);
  loops.code.loop(column);
  loops.code.line(fmt::format("{}[{}] = {};", loops.result, c_index({{row, column.extent}, {column, 1}}),
                              loops.operands[0].at(c_index({{column, row.extent}, {row, 1}}))));
}

/// The innermost loop runs along the right operand's rows as they lie. A run has one sample.
void write_matmul(const CLoops& loops) {
  const Shape &a = loops.shape_of_operand(0), &b = loops.shape_of_operand(1), &result = loops.node.shape;
  const bool a_lies = loops.node.transpose_a, b_lies = loops.node.transpose_b;
  const CAxis row{"r", result.rows_per_sample()}, column{"c", result.columns()},
      inner{"k", a_lies ? a.rows_per_sample() : a.columns()};
  const std::string left =
      loops.operands[0].at(c_index({{row, a_lies ? 1 : inner.extent}, {inner, a_lies ? a.columns() : 1}}));
  const std::string right =
      loops.operands[1].at(c_index({{inner, b_lies ? 1 : b.columns()}, {column, b_lies ? inner.extent : 1}}));
  const std::string element = fmt::format("{}[{}]", loops.result, c_index({{row, column.extent}, {column, 1}}));
  CCode& code = loops.code;
  if (b_lies) {
    code.loop(row);
    open_loop(code, "c", column.extent);
    code.line("float sum = 0.0f;");
    const std::size_t depth = code.depth();
    code.loop(inner);
    code.line(fmt::format("sum += {} * {};", left, right));
    code.close_to(depth);
    code.line(fmt::format("{} = sum;", element));
    return;
  }
  fill_with_zeros(loops);
  code.loop(row);
  open_loop(code, "k", inner.extent);
  code.line(fmt::format("const float a = {};", left));
  code.loop(column);
  code.line(fmt::format("{} += a * {};", element, right));
}

}  // namespace

const COperation c_text::transpose{.has = in_every_form, .write = write_transpose};
const COperation c_text::matmul{.has = in_every_form, .write = write_matmul};

}  // namespace isthmus::interchange
