#include "c_loops.hpp"

#include <isthmus/builder.hpp>

#include <fmt/format.h>

#include <vector>

#include "elementwise.hpp"

namespace isthmus::interchange {
namespace {

/// What the loops of one node are made from.
struct Loops {
  CCode& code;
  GraphView graph;
  const Node& node;
  std::span<const CPlace> operands;
  const std::string& result;

  const Shape& shape_of_operand(int k) const { return graph[node.inputs[k]].shape; }
};

/// Opens a loop for each axis of a walk and gives every tensor's index in it.
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

/// A loop even over a single value, which so has a block for what it declares.
void open_loop(CCode& code, const char* name, std::int64_t count) {
  code.open(fmt::format("for (long {0} = 0; {0} < {1}; ++{0})", name, count));
}

void fill_with_zeros(const Loops& to) {
  const CAxis all{"i", to.node.shape.elements_per_sample()};
  const std::size_t depth = to.code.depth();
  to.code.loop(all);
  to.code.line(fmt::format("{}[{}] = 0.0f;", to.result, c_index({{all, 1}})));
  to.code.close_to(depth);
}

/// An elementwise operation, or a copy.
void write_elementwise(const Loops& loops) {
  const std::size_t depth = loops.code.depth();
  std::vector<Shape> shapes{loops.node.shape};
  for (int k = 0; k < 3 && loops.node.inputs[k] >= 0; ++k) shapes.push_back(loops.shape_of_operand(k));
  const std::vector<std::string> at = open_walk(loops.code, walk(loops.node.shape, shapes));
  if (loops.node.op != Op::elementwise) {
    loops.code.line(fmt::format("{}[{}] = {};", loops.result, at[0], loops.operands[0].at(at[1])));
    return;
  }
  // A single value has no loop, and so no block yet for what is declared here.
  if (loops.code.depth() == depth) loops.code.open("");
  std::string values;
  for (std::size_t k = 0; k + 1 < shapes.size(); ++k)
    values += fmt::format("{}{} = {}", k == 0 ? "" : ", ", "abc"[k], loops.operands[k].at(at[k + 1]));
  loops.code.line(fmt::format("const float {};", values));
  loops.code.line(
      fmt::format("{}[{}] = {};", loops.result, at[0], c_expression(*loops.node.function, loops.node.value)));
}

void write_sum(const Loops& loops) {
  fill_with_zeros(loops);
  const Shape& from = loops.shape_of_operand(0);
  const std::vector<Shape> shapes{from, loops.node.shape};
  const std::vector<std::string> at = open_walk(loops.code, walk(from, shapes));
  loops.code.line(fmt::format("{}[{}] += {};", loops.result, at[1], loops.operands[0].at(at[0])));
}

void write_transpose(const Loops& loops) {
  const CAxis row{"r", loops.node.shape.dim[0]}, column{"c", loops.node.shape.dim[1]};
  loops.code.loop(row);
  loops.code.loop(column);
  loops.code.line(fmt::format("{}[{}] = {};", loops.result, c_index({{row, column.extent}, {column, 1}}),
                              loops.operands[0].at(c_index({{column, row.extent}, {row, 1}}))));
}

/// The operation's own text, for each row.
void write_rows(const Loops& loops) {
  const RowOperation& operation = *loops.node.row_operation;
  CCode& code = loops.code;
  const auto columns_of = [](const Shape& shape) { return static_cast<std::int64_t>(shape.columns()); };
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
    unread += fmt::format(" (void)n{};", name);
  }
  code.line(fmt::format("float* const r = {} + row * {};", loops.result, columns_of(loops.node.shape)));
  code.line(fmt::format("const int nr = {};", columns_of(loops.node.shape)));
  code.line("int i = 0;");
  code.line(unread + " (void)nr;");
  code.line(operation.c);
}

/// The innermost loop runs along the right operand's rows as they lie.
void write_matmul(const Loops& loops) {
  const Shape &a = loops.shape_of_operand(0), &b = loops.shape_of_operand(1);
  const auto size = [](int dim) -> std::int64_t { return dim == batch ? 1 : dim; };
  const bool a_lies = loops.node.transpose_a, b_lies = loops.node.transpose_b;
  const CAxis row{"r", size(loops.node.shape.dim[0])}, column{"c", size(loops.node.shape.dim[1])},
      inner{"k", size(a.dim[a_lies ? 0 : 1])};
  const std::string left =
      loops.operands[0].at(c_index({{row, a_lies ? 1 : inner.extent}, {inner, a_lies ? size(a.dim[1]) : 1}}));
  const std::string right =
      loops.operands[1].at(c_index({{inner, b_lies ? 1 : size(b.dim[1])}, {column, b_lies ? inner.extent : 1}}));
  const std::string result =
      fmt::format("{}[{}]", loops.result, c_index({{row, column.extent}, {column, 1}}));
  CCode& code = loops.code;
  if (b_lies) {
    code.loop(row);
    open_loop(code, "c", column.extent);
    code.line("float sum = 0.0f;");
    const std::size_t depth = code.depth();
    code.loop(inner);
    code.line(fmt::format("sum += {} * {};", left, right));
    code.close_to(depth);
    code.line(fmt::format("{} = sum;", result));
    return;
  }
  fill_with_zeros(loops);
  code.loop(row);
  open_loop(code, "k", inner.extent);
  code.line(fmt::format("const float a = {};", left));
  code.loop(column);
  code.line(fmt::format("{} += a * {};", result, right));
}

/// One direction of a window: the `place` that the tap `tap` of the result `at` sees, unless that is outside.
void write_place(CCode& code, const char* place, const char* at, const char* tap, int stride, int pad, int size) {
  const std::string scale = stride == 1 ? "" : fmt::format(" * {}", stride);
  const std::string shift = pad == 0 ? "" : fmt::format(" - {}", pad);
  code.line(fmt::format("const long {} = {}{}{} + {};", place, at, scale, shift, tap));
  code.line(fmt::format("if ({0} < 0 || {0} >= {1}) continue;", place, size));
}

/// Opens the loops over a window's taps, with `row` and `column` of what they see in an image, upsampled.
void open_window(CCode& code, const Window& window, const Shape& image) {
  open_loop(code, "i", window.height);
  write_place(code, "row", "y", "i", window.stride_y, window.pad_y, image.height() * window.upsample);
  open_loop(code, "j", window.width);
  write_place(code, "column", "x", "j", window.stride_x, window.pad_x, image.width() * window.upsample);
}

/// Where [y][x][channel] of an image lies; a dimension of one is no part of it.
std::string pixel(const Shape& image, const std::string& y, const std::string& x, const char* channel) {
  const std::string first = image.width() == 1 ? y : fmt::format("{} * {} + {}", y, image.width(), x);
  return image.channels() == 1 ? first : fmt::format("({}) * {} + {}", first, image.channels(), channel);
}
/// The pixel that [y][x] of the upsampled image is a copy of.
std::string source_pixel(const Shape& image, int upsample, const char* y, const char* x, const char* channel) {
  if (upsample == 1) return pixel(image, y, x, channel);
  return pixel(image, fmt::format("{} / {}", y, upsample), fmt::format("{} / {}", x, upsample), channel);
}
/// The pixel that a tap of a window sees.
std::string seen_pixel(const Shape& image, int upsample, const char* channel) {
  return source_pixel(image, upsample, "row", "column", channel);
}

void open_image(CCode& code, const Shape& image) {
  open_loop(code, "y", image.height());
  open_loop(code, "x", image.width());
}

/// A tap's weights, [height, width, channels, result channels].
std::string weight(const CPlace& weights, const Window& window, int channels, int result_channels) {
  const Shape taps = shape_of(batch, window.height, window.width, channels);
  const std::string row = pixel(taps, "i", "j", "c");
  return weights.at(result_channels == 1 ? row : fmt::format("({}) * {} + d", row, result_channels));
}

void write_conv2d(const Loops& loops) {
  const Shape& image = loops.shape_of_operand(0);
  const Window& window = loops.node.window;
  const int channels = image.channels(), result_channels = loops.node.shape.channels();
  CCode& code = loops.code;
  fill_with_zeros(loops);
  open_image(code, loops.node.shape);
  open_window(code, window, image);
  open_loop(code, "c", channels);
  code.line(fmt::format("const float a = {};", loops.operands[0].at(seen_pixel(image, window.upsample, "c"))));
  open_loop(code, "d", result_channels);
  code.line(fmt::format("{}[{}] += a * {};", loops.result, pixel(loops.node.shape, "y", "x", "d"),
                        weight(loops.operands[1], window, channels, result_channels)));
}

/// Adds what every tap of the window over the result sees to the operand's pixels.
void write_conv2d_transpose(const Loops& loops) {
  const Shape &from = loops.shape_of_operand(0), &image = loops.node.shape;
  const Window& window = loops.node.window;
  CCode& code = loops.code;
  fill_with_zeros(loops);
  open_image(code, from);
  open_window(code, window, image);
  open_loop(code, "c", image.channels());
  code.line("float sum = 0.0f;");
  const std::size_t depth = code.depth();
  open_loop(code, "d", from.channels());
  code.line(fmt::format("sum += {} * {};", loops.operands[0].at(pixel(from, "y", "x", "d")),
                        weight(loops.operands[1], window, image.channels(), from.channels())));
  code.close_to(depth);
  code.line(fmt::format("{}[{}] += sum;", loops.result, seen_pixel(image, window.upsample, "c")));
}

void write_max_pool(const Loops& loops) {
  const Shape& image = loops.shape_of_operand(0);
  CCode& code = loops.code;
  open_image(code, loops.node.shape);
  open_loop(code, "c", image.channels());
  code.line("float best = -INFINITY;");
  const std::size_t depth = code.depth();
  open_window(code, loops.node.window, image);
  code.line(fmt::format("const float a = {};", loops.operands[0].at(seen_pixel(image, 1, "c"))));
  // A NaN stays.
  code.line("if (a > best || a != a) best = a;");
  code.close_to(depth);
  code.line(fmt::format("{}[{}] = best;", loops.result, pixel(loops.node.shape, "y", "x", "c")));
}

/// The sum or the mean of what of each window lies inside of the image.
void write_window_sum(const Loops& loops, bool is_mean) {
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

void write_nearest(const Loops& loops) {
  const Shape& image = loops.shape_of_operand(0);
  open_image(loops.code, loops.node.shape);
  open_loop(loops.code, "c", image.channels());
  const std::string from = source_pixel(image, loops.node.window.upsample, "y", "x", "c");
  loops.code.line(fmt::format("{}[{}] = {};", loops.result, pixel(loops.node.shape, "y", "x", "c"),
                              loops.operands[0].at(from)));
}

/// One direction: the neighbours `low` and `high` of a result, and how near it is to the second.
void write_neighbours(CCode& code, const char* at, int factor, int size) {
  code.line(fmt::format("const float at_{0} = ((float){0} + 0.5f) / {1}.0f - 0.5f;", at, factor));
  code.line(fmt::format("const long low_{0} = at_{0} < 0.0f ? 0 : (long)at_{0};", at));
  code.line(fmt::format("const long high_{0} = at_{0} < 0.0f ? 0 : low_{0} < {1} ? low_{0} + 1 : {1};", at,
                        size - 1));
  code.line(fmt::format("const float part_{0} = at_{0} - (float)low_{0};", at));
}

void write_bilinear(const Loops& loops) {
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

void write_resample(const Loops& loops) {
  switch (static_cast<Resampling>(loops.node.attribute)) {
    case Resampling::window_sum: return write_window_sum(loops, false);
    case Resampling::window_mean: return write_window_sum(loops, true);
    case Resampling::nearest: return write_nearest(loops);
    case Resampling::bilinear: return write_bilinear(loops);
  }
}

}  // namespace

bool has_loops(const Node& node) {
  switch (node.op) {
    case Op::broadcast:
    case Op::sum_to:
    case Op::transpose:
    case Op::matmul:
    case Op::max_pool:
    case Op::output:
    case Op::side_output: return true;
    // As they are written, not as plans have them.
    case Op::conv2d:
    case Op::conv2d_transpose: return node.algorithm == Algorithm::direct && !node.pooled;
    // Its transpose is for gradients.
    case Op::resample: return !node.transpose_a;
    case Op::rows: return node.row_operation->c != nullptr;
    default: return node.op == Op::elementwise;
  }
}

void write_loops(CCode& code, GraphView graph, const Node& node, std::span<const CPlace> operands,
                 const std::string& result) {
  const Loops loops{code, graph, node, operands, result};
  const std::size_t depth = code.depth();
  switch (node.op) {
    case Op::sum_to: write_sum(loops); break;
    case Op::transpose: write_transpose(loops); break;
    case Op::rows: write_rows(loops); break;
    case Op::matmul: write_matmul(loops); break;
    case Op::conv2d: write_conv2d(loops); break;
    case Op::conv2d_transpose: write_conv2d_transpose(loops); break;
    case Op::max_pool: write_max_pool(loops); break;
    case Op::resample: write_resample(loops); break;
    default: write_elementwise(loops);
  }
  code.close_to(depth);
}

}  // namespace isthmus::interchange
