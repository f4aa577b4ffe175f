#include <fmt/format.h>

#include "ops/c_texts.hpp"

namespace isthmus::interchange {
namespace {

void write_sum(const CLoops& loops) {
  fill_with_zeros(loops);
  const Shape& from = loops.shape_of_operand(0);
  const std::vector<Shape> shapes{from, loops.node.shape};
  const std::vector<std::string> at = open_walk(loops.code, walk(from, shapes));
  loops.code.line(fmt::format("{}[{}] += {};", loops.result, at[1], loops.operands[0].at(at[0])));
}

}  // namespace

const COperation c_text::broadcast{.has = in_every_form, .write = write_copy};
const COperation c_text::sum_to{.has = in_every_form, .write = write_sum};

}  // namespace isthmus::interchange
