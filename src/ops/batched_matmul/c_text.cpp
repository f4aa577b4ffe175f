#include <isthmus/builder.hpp>

#include <fmt/format.h>

#include "ops/c_texts.hpp"

namespace isthmus::interchange {
namespace {

/// One element after the other, each a sum in order. A run has one sample.
void write_batched_matmul(const CLoops& loops) {
  const Node& node = loops.node;
  const Shape &a = loops.shape_of_operand(0), &b = loops.shape_of_operand(1), &result = node.shape;
  const std::int64_t heads = static_cast<int>(node.attribute.as<Heads>());
  // A head of a wide matrix are columns, one of a tall one are rows.
  const bool a_is_wide = node.transpose_b, result_is_wide = !node.transpose_b;
  const auto step_of_head = [heads](const Shape& shape, bool is_wide) {
    return is_wide ? shape.dim[2] / heads : shape.dim[1] / heads * shape.dim[2];
  };
  const CAxis head{"h", heads}, row{"r", result_is_wide ? result.dim[1] : result.dim[1] / heads},
      column{"c", result_is_wide ? result.dim[2] / heads : result.dim[2]},
      inner{"k", ops::inner_size_of_batched(node, a)};
  const std::string left = loops.operands[0].at(c_index({{head, step_of_head(a, a_is_wide)},
                                                         {row, node.transpose_a ? 1 : a.dim[2]},
                                                         {inner, node.transpose_a ? a.dim[2] : 1}}));
  const std::string right = loops.operands[1].at(c_index({{head, step_of_head(b, true)},
                                                          {inner, node.transpose_b ? 1 : b.dim[2]},
                                                          {column, node.transpose_b ? b.dim[2] : 1}}));
  const std::string element =
      c_index({{head, step_of_head(result, result_is_wide)}, {row, result.dim[2]}, {column, 1}});
  CCode& code = loops.code;
  code.loop(head);
  code.loop(row);
  open_loop(code, "c", column.extent);
  code.line("float sum = 0.0f;");
  const std::size_t depth = code.depth();
  code.loop(inner);
  code.line(fmt::format("sum += {} * {};", left, right));
  code.close_to(depth);
  code.line(fmt::format("{}[{}] = sum;", loops.result, element));
}

}  // namespace

const COperation c_text::batched_matmul{.has = in_every_form, .write = write_batched_matmul};

}  // namespace isthmus::interchange
