#include <isthmus/ops/row_operation.hpp>

#include <fmt/format.h>

#include "ops/c_texts.hpp"

namespace isthmus::interchange {
namespace {

/// The extents of a sample that is an image, as constants of the text. What it does not read is no matter.
void declare_extents(CCode& code, char name, const Shape& shape) {
  if (!shape.is_image()) return;
  code.line(fmt::format("const int h{0} = {1}, w{0} = {2}, c{0} = {3};", name, shape.height(), shape.width(),
                        shape.channels()));
  code.line(fmt::format("(void)h{0}; (void)w{0}; (void)c{0};", name));
}

/// The operation's own text, for each row, or once: a run has one sample.
void write_rows(const CLoops& loops) {
  const RowOperation& operation = *loops.node.row_operation;
  CCode& code = loops.code;
  const auto columns_of = [&](const Shape& shape) {
    return operation.whole_samples ? shape.elements_per_sample() : std::int64_t{shape.columns()};
  };
  open_loop(code, "row", loops.node.shape.elements_per_sample() / columns_of(loops.node.shape));
  std::string unread = "(void)i;";
  for (int k = 0; k < operation.operands; ++k) {
    const char name = "abc"[k];
    const Shape& shape = loops.shape_of_operand(k);
    const CPlace& place = loops.operands[static_cast<std::size_t>(k)];
    const bool is_single = shape.elements_per_sample() == columns_of(shape);
    if (place.is_number) code.line(fmt::format("const float {}[1] = {{{}}};", name, place.text));
    else if (is_single) code.line(fmt::format("const float* const {} = {};", name, place.text));
    else code.line(fmt::format("const float* const {} = {} + row * {};", name, place.text, columns_of(shape)));
    code.line(fmt::format("const int n{} = {};", name, columns_of(shape)));
    if (operation.whole_samples) declare_extents(code, name, shape);
    unread += fmt::format(" (void)n{};", name);
  }
  code.line(fmt::format("float* const r = {} + row * {};", loops.result, columns_of(loops.node.shape)));
  code.line(fmt::format("const int nr = {};", columns_of(loops.node.shape)));
  if (operation.whole_samples) declare_extents(code, 'r', loops.node.shape);
  code.line("int i = 0;");
  code.line(unread + " (void)nr;");
  code.line(operation.c);
}

bool has_text(const Node& node) { return node.row_operation->c != nullptr; }

}  // namespace

const COperation c_text::rows{.has = has_text, .write = write_rows};

}  // namespace isthmus::interchange
