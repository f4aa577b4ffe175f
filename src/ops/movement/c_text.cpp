#include <isthmus/builder.hpp>

#include <fmt/format.h>

#include <algorithm>

#include "ops/c_texts.hpp"

namespace isthmus::interchange {
namespace {

/// The distance from a value to the next one along each dimension of a sample.
struct Strides {
  std::int64_t dim[3];
  explicit Strides(const SampleExtents& of) : dim{std::int64_t{of.dim[1]} * of.dim[2], of.dim[2], 1} {}
};

/// A box of values that is copied: its extents, and for the result and the operand the place of its first value.
struct Box {
  std::int64_t extent[3], to, from;
};

void write_box(const CLoops& loops, int operand, const Box& box, const std::int64_t (&to)[3],
               const std::int64_t (&from)[3]) {
  static constexpr const char* names[] = {"i", "j", "k"};
  std::string target, source;
  const std::size_t depth = loops.code.depth();
  for (int d = 0; d < 3; ++d) {
    const CAxis axis{names[d], box.extent[d]};
    loops.code.loop(axis);
    add_step(target, {axis, to[d]});
    add_step(source, {axis, from[d]});
  }
  const auto behind = [](std::int64_t first, const std::string& index) {
    if (index.empty()) return std::to_string(first);
    return first == 0 ? index : fmt::format("{} + {}", first, index);
  };
  loops.code.line(fmt::format("{}[{}] = {};", loops.result, behind(box.to, target),
                              loops.operands[static_cast<std::size_t>(operand)].at(behind(box.from, source))));
  loops.code.close_to(depth);
}

void write_region(const CLoops& loops) {
  const SampleExtents from(loops.shape_of_operand(0)), to(loops.node.shape);
  const Strides of_operand(from), of_result(to);
  const int ones = 3 - to.rank;
  Box box{{}, 0, 0};
  bool is_whole = true, is_empty = false;
  for (int d = 0; d < 3; ++d) {
    const int offset = d < ones ? 0 : loops.node.offset.dim[d - ones];
    const int begin = std::max(0, -offset), end = std::min(to.dim[d], from.dim[d] - offset);
    box.extent[d] = end - begin;
    box.to += begin * of_result.dim[d];
    box.from += (begin + offset) * of_operand.dim[d];
    is_whole = is_whole && box.extent[d] == to.dim[d];
    is_empty = is_empty || end <= begin;
  }
  if (!is_whole) fill_with_zeros(loops);
  if (!is_empty) write_box(loops, 0, box, of_result.dim, of_operand.dim);
}

void write_concat(const CLoops& loops) {
  const SampleExtents to(loops.node.shape);
  const Strides of_result(to);
  const int axis = 3 - to.rank + static_cast<int>(loops.node.attribute.as<Axis>());
  std::int64_t before = 0;
  for (int k = 0; k < 3 && loops.node.inputs[k] >= 0; ++k) {
    const SampleExtents from(loops.shape_of_operand(k));
    write_box(loops, k, {{from.dim[0], from.dim[1], from.dim[2]}, before * of_result.dim[axis], 0}, of_result.dim,
              Strides(from).dim);
    before += from.dim[axis];
  }
}

void write_permute(const CLoops& loops) {
  const SampleExtents to(loops.node.shape);
  const Strides of_operand(SampleExtents(loops.shape_of_operand(0)));
  std::int64_t from[3];
  for (int d = 0; d < 3; ++d) from[d] = of_operand.dim[dimension_of(loops.node.attribute.as<Permutation>(), d)];
  write_box(loops, 0, {{to.dim[0], to.dim[1], to.dim[2]}, 0, 0}, Strides(to).dim, from);
}

}  // namespace

const COperation c_text::region{.has = in_every_form, .write = write_region};
const COperation c_text::concat{.has = in_every_form, .write = write_concat};
const COperation c_text::permute{.has = in_every_form, .write = write_permute};

}  // namespace isthmus::interchange
