#include <fmt/format.h>

#include "interchange/c_images.hpp"
#include "ops/c_texts.hpp"

namespace isthmus::interchange {
namespace {

/// The sum or the mean of what of each window lies inside of the image.
void write_window_sum(const CLoops& loops, bool is_mean) {
  const Shape& image = loops.shape_of_operand(0);
  CCode& code = loops.code;
  open_image(code, loops.node.shape);
  open_loop(code, "c", image.channels());
  code.line("float sum = 0.0f;");
  if (is_mean) code.line("long count = 0;");
  const std::size_t depth = code.depth();
  open_window(code, loops.node.window, image);
  code.line(fmt::format("sum += {};", loops.operands[0].at(seen_pixel(image, 1, "c"))));
  if (is_mean) code.line("++count;");
  code.close_to(depth);
  code.line(fmt::format("{}[{}] = sum{};", loops.result, pixel(loops.node.shape, "y", "x", "c"),
                        is_mean ? " / (float)count" : ""));
}

void write_nearest(const CLoops& loops) {
  const Shape& image = loops.shape_of_operand(0);
  open_image(loops.code, loops.node.shape);
  open_loop(loops.code, "c", image.channels());
  const std::string from = source_pixel(image, loops.node.window.upsample, "y", "x", "c");
  loops.code.line(fmt::format("{}[{}] = {};", loops.result, pixel(loops.node.shape, "y", "x", "c"),
                              loops.operands[0].at(from)));
}

/// In one dimension, the neighbours `low` and `high` of a result, and how near it is to the second.
void write_neighbours(CCode& code, const char* at, int factor, int size) {
  code.line(fmt::format("const float at_{0} = ((float){0} + 0.5f) / {1}.0f - 0.5f;", at, factor));
  code.line(fmt::format("const long low_{0} = at_{0} < 0.0f ? 0 : (long)at_{0};", at));
  code.line(
      fmt::format("const long high_{0} = at_{0} < 0.0f ? 0 : low_{0} < {1} ? low_{0} + 1 : {1};", at, size - 1));
  code.line(fmt::format("const float part_{0} = at_{0} - (float)low_{0};", at));
}

void write_bilinear(const CLoops& loops) {
  const Shape& image = loops.shape_of_operand(0);
  CCode& code = loops.code;
  open_loop(code, "y", loops.node.shape.height());
  write_neighbours(code, "y", loops.node.window.upsample, image.height());
  open_loop(code, "x", loops.node.shape.width());
  write_neighbours(code, "x", loops.node.window.upsample, image.width());
  open_loop(code, "c", image.channels());
  const auto across = [&](const char* row) {
    return fmt::format("(1.0f - part_x) * {} + part_x * {}", loops.operands[0].at(pixel(image, row, "low_x", "c")),
                       loops.operands[0].at(pixel(image, row, "high_x", "c")));
  };
  code.line(fmt::format("const float above = {};", across("low_y")));
  code.line(fmt::format("const float below = {};", across("high_y")));
  code.line(fmt::format("{}[{}] = (1.0f - part_y) * above + part_y * below;", loops.result,
                        pixel(loops.node.shape, "y", "x", "c")));
}

void write_resample(const CLoops& loops) {
  switch (loops.node.attribute.as<Resampling>()) {
    case Resampling::window_sum: return write_window_sum(loops, false);
    case Resampling::window_mean: return write_window_sum(loops, true);
    case Resampling::nearest: return write_nearest(loops);
    case Resampling::bilinear: return write_bilinear(loops);
  }
}

/// Whether the node is the map itself: its transpose is for gradients.
bool is_forward(const Node& node) { return !node.transpose_a; }

}  // namespace

const COperation c_text::resample{.has = is_forward, .write = write_resample};

}  // namespace isthmus::interchange
