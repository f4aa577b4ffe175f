#include <fmt/format.h>

#include "interchange/c_images.hpp"
#include "ops/c_texts.hpp"

namespace isthmus::interchange {
namespace {

void write_max_pool(const CLoops& loops) {
  const Shape& image = loops.shape_of_operand(0);
  CCode& code = loops.code;
  open_image(code, loops.node.shape);
  open_loop(code, "c", image.channels());
  code.line("float best = -INFINITY;");
  const std::size_t depth = code.depth();
  open_window(code, loops.node.window, image, loops.node.shape);
  code.line(fmt::format("const float a = {};", loops.operands[0].at(seen_pixel(image, 1, "c"))));
  // A NaN stays.
  code.line("if (a > best || a != a) best = a;");
  code.close_to(depth);
  code.line(fmt::format("{}[{}] = best;", loops.result, pixel(loops.node.shape, {}, "c")));
}

}  // namespace

const COperation c_text::max_pool{.has = in_every_form, .write = write_max_pool};

}  // namespace isthmus::interchange
