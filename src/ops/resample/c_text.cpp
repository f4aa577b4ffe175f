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
  open_window(code, loops.node.window, image, loops.node.shape);
  code.line(fmt::format("sum += {};", loops.operands[0].at(seen_pixel(image, 1, "c"))));
  if (is_mean) code.line("++count;");
  code.close_to(depth);
  code.line(fmt::format("{}[{}] = sum{};", loops.result, pixel(loops.node.shape, {}, "c"),
                        is_mean ? " / (float)count" : ""));
}

/// The pixel that repeats at `at`; the last one where the result is larger than so many times the image.
std::string repeated(const char* at, int factor, int size, int results) {
  std::string source = fmt::format("{} / {}", at, factor);
  if (results <= size * factor) return source;
  return fmt::format("({0} < {1} ? {0} : {2})", source, size, size - 1);
}

void write_nearest(const CLoops& loops) {
  const Shape &image = loops.shape_of_operand(0), &result = loops.node.shape;
  const int factor = loops.node.window.upsample();
  open_image(loops.code, result);
  open_loop(loops.code, "c", image.channels());
  const CPixel from{repeated("z", factor, image.depth(), result.depth()),
                    repeated("y", factor, image.height(), result.height()),
                    repeated("x", factor, image.width(), result.width())};
  loops.code.line(fmt::format("{}[{}] = {};", loops.result, pixel(result, {}, "c"),
                              loops.operands[0].at(pixel(image, from, "c"))));
}

/// In one dimension, the neighbours `low` and `high` of a result, and how near it is to the second.
void write_neighbours(CCode& code, const char* at, int factor, int size) {
  code.line(fmt::format("const float at_{0} = ((float){0} + 0.5f) / {1}.0f - 0.5f;", at, factor));
  code.line(fmt::format("const long floor_{0} = at_{0} < 0.0f ? -1 : (long)at_{0};", at));
  code.line(
      fmt::format("const long low_{0} = floor_{0} < 0 ? 0 : floor_{0} < {1} ? floor_{0} : {1};", at, size - 1));
  code.line(fmt::format("const long high_{0} = floor_{0} < {1} ? floor_{0} + 1 : {1};", at, size - 1));
  code.line(fmt::format("const float part_{0} = at_{0} - (float)floor_{0};", at));
}

/// The mean of two values as an expression.
std::string between(const char* dimension, const std::string& low, const std::string& high) {
  return fmt::format("((1.0f - part_{0}) * {1} + part_{0} * {2})", dimension, low, high);
}

void write_bilinear(const CLoops& loops) {
  const Shape &image = loops.shape_of_operand(0), &result = loops.node.shape;
  const int factor = loops.node.window.upsample();
  CCode& code = loops.code;
  const bool deep = is_deep(image, result);
  if (deep) {
    open_loop(code, "z", result.depth());
    write_neighbours(code, "z", factor, image.depth());
  }
  open_loop(code, "y", result.height());
  write_neighbours(code, "y", factor, image.height());
  open_loop(code, "x", result.width());
  write_neighbours(code, "x", factor, image.width());
  open_loop(code, "c", image.channels());
  const auto value = [&](const char* plane, const char* row, const char* column) {
    return loops.operands[0].at(pixel(image, {plane, row, column}, "c"));
  };
  const auto across = [&](const char* plane, const char* row) {
    return between("x", value(plane, row, "low_x"), value(plane, row, "high_x"));
  };
  const auto in_plane = [&](const char* plane) {
    return between("y", across(plane, "low_y"), across(plane, "high_y"));
  };
  code.line(fmt::format("{}[{}] = {};", loops.result, pixel(result, {}, "c"),
                        deep ? between("z", in_plane("low_z"), in_plane("high_z")) : in_plane("0")));
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
