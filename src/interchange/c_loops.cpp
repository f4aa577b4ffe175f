#include "c_loops.hpp"

#include <fmt/format.h>

namespace isthmus::interchange {

std::vector<std::string> open_walk(CCode& code, const Walk& walk) {
  constexpr const char* names[] = {"i", "j", "k", "l"};
  std::vector<std::string> indices(walk.strides.size());
  for (std::size_t axis = 0; axis < walk.extents.size(); ++axis) {
    code.loop({names[axis], walk.extents[axis]});
    for (std::size_t t = 0; t < indices.size(); ++t)
      add_step(indices[t], {{names[axis], walk.extents[axis]}, walk.strides[t][axis]});
  }
  for (std::string& index : indices)
    if (index.empty()) index.push_back('0');
  return indices;
}

void open_loop(CCode& code, const char* name, std::int64_t count) {
  code.open(fmt::format("for (long {0} = 0; {0} < {1}; ++{0})", name, count));
}

void fill_with_zeros(const CLoops& to) {
  const CAxis all{"i", to.node.shape.elements_per_sample()};
  const std::size_t depth = to.code.depth();
  to.code.loop(all);
  to.code.line(fmt::format("{}[{}] = 0.0f;", to.result, c_index({{all, 1}})));
  to.code.close_to(depth);
}

void write_copy(const CLoops& loops) {
  const std::vector<Shape> shapes{loops.node.shape, loops.shape_of_operand(0)};
  const std::vector<std::string> at = open_walk(loops.code, walk(loops.node.shape, shapes));
  loops.code.line(fmt::format("{}[{}] = {};", loops.result, at[0], loops.operands[0].at(at[1])));
}

}  // namespace isthmus::interchange
