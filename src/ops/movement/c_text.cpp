#include <isthmus/builder.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "ops/c_texts.hpp"

namespace isthmus::interchange {
namespace {

constexpr int most = SampleExtents::most;

/// A number for each dimension of a sample.
using EachDimension = std::array<std::int64_t, most>;

EachDimension extents_of(const SampleExtents& of) {
  EachDimension extents;
  std::copy_n(of.dim, most, extents.begin());
  return extents;
}

/// The distance from a value to the next one along each dimension of a sample.
EachDimension strides_of(const SampleExtents& of) {
  EachDimension strides;
  std::int64_t values = 1;
  for (std::size_t d = most; d-- > 0; values *= of.dim[d]) strides[d] = values;
  return strides;
}

/// A box of values that is copied: its extents, and for the result and the operand the place of its first value.
struct Box {
  EachDimension extent;
  std::int64_t to = 0, from = 0;
};

void write_box(const CLoops& loops, int operand, const Box& box, const EachDimension& to,
               const EachDimension& from) {
  static constexpr const char* names[] = {"i", "j", "k", "l", "m"};
  std::string target, source;
  const std::size_t depth = loops.code.depth();
  for (std::size_t d = 0, loop = 0; d < most; ++d) {
    if (box.extent[d] == 1) continue;
    const CAxis axis{names[loop++], box.extent[d]};
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
  const EachDimension of_operand = strides_of(from), of_result = strides_of(to);
  Box box;
  bool is_whole = true, is_empty = false;
  for (int d = 0; d < most; ++d) {
    const int offset = d < to.ones() ? 0 : loops.node.offset[d - to.ones()];
    const int begin = std::max(0, -offset), end = std::min(to.dim[d], from.dim[d] - offset);
    const auto at = static_cast<std::size_t>(d);
    box.extent[at] = end - begin;
    box.to += begin * of_result[at];
    box.from += (begin + offset) * of_operand[at];
    is_whole = is_whole && box.extent[at] == to.dim[d];
    is_empty = is_empty || end <= begin;
  }
  if (!is_whole) fill_with_zeros(loops);
  if (!is_empty) write_box(loops, 0, box, of_result, of_operand);
}

void write_concat(const CLoops& loops) {
  const SampleExtents to(loops.node.shape);
  const EachDimension of_result = strides_of(to);
  const auto axis = static_cast<std::size_t>(to.ones() + static_cast<int>(loops.node.attribute.as<Axis>()));
  std::int64_t before = 0;
  for (int k = 0; k < 3 && loops.node.inputs[k] >= 0; ++k) {
    const SampleExtents from(loops.shape_of_operand(k));
    write_box(loops, k, {extents_of(from), before * of_result[axis], 0}, of_result, strides_of(from));
    before += from.dim[axis];
  }
}

void write_permute(const CLoops& loops) {
  const SampleExtents to(loops.node.shape);
  const EachDimension of_operand = strides_of(SampleExtents(loops.shape_of_operand(0)));
  const auto order = loops.node.attribute.as<Permutation>();
  EachDimension from;
  for (int d = 0; d < most; ++d)
    from[static_cast<std::size_t>(d)] = of_operand[static_cast<std::size_t>(dimension_of(order, d))];
  write_box(loops, 0, {extents_of(to)}, strides_of(to), from);
}

}  // namespace

const COperation c_text::region{.has = in_every_form, .write = write_region};
const COperation c_text::concat{.has = in_every_form, .write = write_concat};
const COperation c_text::permute{.has = in_every_form, .write = write_permute};

}  // namespace isthmus::interchange
