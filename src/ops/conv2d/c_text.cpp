#include <fmt/format.h>

#include "interchange/c_images.hpp"
#include "ops/c_texts.hpp"

namespace isthmus::interchange {
namespace {

/// The channels on both sides, and the texts of their numbers by those of the loops: channel c and result channel
/// d, of group g if there are several.
struct Channels {
  int groups, channels, results;  ///< of all groups

  Channels(const Window& window, const Shape& image, const Shape& result)
      : groups(window.groups()), channels(image.channels()), results(result.channels()) {}
  int in_group() const { return channels / groups; }
  int results_in_group() const { return results / groups; }
  std::string channel() const { return of_group("c", in_group()); }
  std::string result() const { return of_group("d", results_in_group()); }
  void open_groups(CCode& code) const {
    if (groups > 1) open_loop(code, "g", groups);
  }

 private:
  std::string of_group(const char* number, int size) const {
    if (groups == 1) return number;
    return size == 1 ? "g" : fmt::format("g * {} + {}", size, number);
  }
};

/// A tap's weights, [depth, height, width, channels, result channels]. Without depth there is one plane of them.
std::string weight(const CPlace& weights, const Window& window, const Channels& channels) {
  const Shape taps = shape_of(batch, window.depth(), window.height(), window.width(), channels.in_group());
  const std::string row = pixel(taps, {"k", "i", "j"}, "c");
  return weights.at(
      channels.results == 1 ? row : fmt::format("({}) * {} + {}", row, channels.results, channels.result()));
}

void write_conv2d(const CLoops& loops) {
  const Shape& image = loops.shape_of_operand(0);
  const Window& window = loops.node.window;
  const Channels channels(window, image, loops.node.shape);
  CCode& code = loops.code;
  fill_with_zeros(loops);
  open_image(code, loops.node.shape);
  open_window(code, window, image, loops.node.shape);
  channels.open_groups(code);
  open_loop(code, "c", channels.in_group());
  const std::string seen = seen_pixel(image, window.upsample(), channels.channel().c_str());
  code.line(fmt::format("const float a = {};", loops.operands[0].at(seen)));
  open_loop(code, "d", channels.results_in_group());
  code.line(fmt::format("{}[{}] += a * {};", loops.result, pixel(loops.node.shape, {}, channels.result().c_str()),
                        weight(loops.operands[1], window, channels)));
}

/// Adds what every tap of the window over the result sees to the operand's pixels.
void write_conv2d_transpose(const CLoops& loops) {
  const Shape &from = loops.shape_of_operand(0), &image = loops.node.shape;
  const Window& window = loops.node.window;
  const Channels channels(window, image, from);
  CCode& code = loops.code;
  fill_with_zeros(loops);
  open_image(code, from);
  open_window(code, window, image, from);
  channels.open_groups(code);
  open_loop(code, "c", channels.in_group());
  code.line("float sum = 0.0f;");
  const std::size_t depth = code.depth();
  open_loop(code, "d", channels.results_in_group());
  code.line(fmt::format("sum += {} * {};", loops.operands[0].at(pixel(from, {}, channels.result().c_str())),
                        weight(loops.operands[1], window, channels)));
  code.close_to(depth);
  code.line(fmt::format("{}[{}] += sum;", loops.result,
                        seen_pixel(image, window.upsample(), channels.channel().c_str())));
}

/// Whether a convolution is in its declared form, not in that of a plan.
bool is_plain(const Node& node) { return node.algorithm == Algorithm::direct && !node.pooled; }

}  // namespace

const COperation c_text::conv2d{.has = is_plain, .write = write_conv2d};
const COperation c_text::conv2d_transpose{.has = is_plain, .write = write_conv2d_transpose};

}  // namespace isthmus::interchange
