#include <fmt/format.h>

#include "ops/c_texts.hpp"

namespace isthmus::interchange {
namespace {

void write_gather(const CLoops& loops) {
  const bool has_table = loops.node.inputs[1] >= 0;
  const int columns = loops.node.shape.columns();
  const int rows = has_table ? loops.shape_of_operand(1).dim[0] : columns;
  CCode& code = loops.code;
  open_loop(code, "row", loops.shape_of_operand(0).elements_per_sample());
  code.line(fmt::format("const float number = {};", loops.operands[0].at("row")));
  code.line(fmt::format("const long at = number >= 0.0f && number < {}.0f ? (long)number : -1;", rows));
  open_loop(code, "c", columns);
  const std::string found =
      has_table ? loops.operands[1].at(fmt::format("at * {} + c", columns)) : std::string("c == at ? 1.0f : 0.0f");
  code.line(fmt::format("{}[row * {} + c] = at >= 0 && (float)at == number ? ({}) : NAN;", loops.result, columns,
                        found));
}

}  // namespace

const COperation c_text::gather{.has = in_every_form, .write = write_gather};

}  // namespace isthmus::interchange
