#include <fmt/format.h>

#include "interchange/c_images.hpp"
#include "ops/c_texts.hpp"

namespace isthmus::interchange {
namespace {

/// A tap's weights, [depth, height, width, channels, result channels]. Without depth there is one plane of them.
std::string weight(const CPlace& weights, const Window& window, int channels, int result_channels) {
  const Shape taps = shape_of(batch, window.depth(), window.height(), window.width(), channels);
  const std::string row = pixel(taps, {"k", "i", "j"}, "c");
  return weights.at(result_channels == 1 ? row : fmt::format("({}) * {} + d", row, result_channels));
}

void write_conv2d(const CLoops& loops) {
  const Shape& image = loops.shape_of_operand(0);
  const Window& window = loops.node.window;
  const int channels = image.channels(), result_channels = loops.node.shape.channels();
  CCode& code = loops.code;
  fill_with_zeros(loops);
  open_image(code, loops.node.shape);
  open_window(code, window, image, loops.node.shape);
  open_loop(code, "c", channels);
  code.line(fmt::format("const float a = {};", loops.operands[0].at(seen_pixel(image, window.upsample(), "c"))));
  open_loop(code, "d", result_channels);
  code.line(fmt::format("{}[{}] += a * {};", loops.result, pixel(loops.node.shape, {}, "d"),
                        weight(loops.operands[1], window, channels, result_channels)));
}

/// Adds what every tap of the window over the result sees to the operand's pixels.
void write_conv2d_transpose(const CLoops& loops) {
  const Shape &from = loops.shape_of_operand(0), &image = loops.node.shape;
  const Window& window = loops.node.window;
  CCode& code = loops.code;
  fill_with_zeros(loops);
  open_image(code, from);
  open_window(code, window, image, from);
  open_loop(code, "c", image.channels());
  code.line("float sum = 0.0f;");
  const std::size_t depth = code.depth();
  open_loop(code, "d", from.channels());
  code.line(fmt::format("sum += {} * {};", loops.operands[0].at(pixel(from, {}, "d")),
                        weight(loops.operands[1], window, image.channels(), from.channels())));
  code.close_to(depth);
  code.line(fmt::format("{}[{}] += sum;", loops.result, seen_pixel(image, window.upsample(), "c")));
}

/// Whether a convolution is in its declared form, not in that of a plan.
bool is_plain(const Node& node) { return node.algorithm == Algorithm::direct && !node.pooled; }

}  // namespace

const COperation c_text::conv2d{.has = is_plain, .write = write_conv2d};
const COperation c_text::conv2d_transpose{.has = is_plain, .write = write_conv2d_transpose};

}  // namespace isthmus::interchange
