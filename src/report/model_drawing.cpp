#include <isthmus/report/model_drawing.hpp>

#include <fmt/format.h>

#include <iterator>

#include "report/markup.hpp"
#include "report/model_layout.hpp"
#include "text.hpp"

namespace isthmus::report {
namespace {

constexpr int arrow_head = 5;  // its size

int middle_of(const Box& box) { return box.left + box.width / 2; }

void add_box(std::string& svg, const Box& box, const DrawnLayer& layer) {
  auto out = std::back_inserter(svg);
  const bool is_code = layer.part == ModelPart::bottleneck;
  if (box.begins_part) {
    fmt::format_to(out, "<text class=\"part\" x=\"3\" y=\"{}\">{}</text>\n", box.top - 9,
                   layer.part == ModelPart::decoder ? "decoder" : "encoder");
  }
  fmt::format_to(out, "<g class=\"{}\">\n<rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" rx=\"8\"/>\n",
                 is_code ? "layer code" : "layer", box.left, box.top, box.width, box.height);
  int base = box.top + box_padding + 13;
  for (const auto& [style, text] : box.lines) {
    fmt::format_to(out, "<text class=\"{}\" x=\"{}\" y=\"{}\">{}</text>\n", style, middle_of(box), base,
                   escaped(text));
    base += line_height;
  }
  svg += "</g>\n";
}

/// Down from the box above.
void add_arrow(std::string& svg, const Box& from, const Box& to) {
  fmt::format_to(std::back_inserter(svg), "<path d=\"M{} {}V{}m-{} -{}l{} {}l{} -{}\"/>\n", middle_of(to),
                 from.top + from.height, to.top - 1, arrow_head, arrow_head, arrow_head, arrow_head, arrow_head,
                 arrow_head);
}

/// Out of the right side of one box, into that of the other.
void add_detour(std::string& svg, const Box& from, const Box& to, int x) {
  const int below = from.top + from.height / 2 + arrow_head, above = to.top + to.height / 2 - arrow_head;
  fmt::format_to(std::back_inserter(svg), "<path class=\"detour\" d=\"M{} {}H{}V{}H{}m{} -{}l-{} {}l{} {}\"/>\n",
                 from.left + from.width, below, x, above, to.left + to.width + 1, arrow_head, arrow_head,
                 arrow_head, arrow_head, arrow_head, arrow_head);
}

}  // namespace

std::string draw_model(std::span<const DrawnLayer> layers) {
  const ModelLayout layout = lay_out(layers);
  std::string svg = fmt::format(
      "<svg class=\"model\" viewBox=\"0 0 {} {}\" role=\"img\" aria-label=\"the model: {} layers, drawn\">\n",
      layout.width, layout.height, layers.size());
  const auto box = [&](int i) -> const Box& { return layout.boxes[static_cast<std::size_t>(i)]; };
  for (const int to : layout.arrows) add_arrow(svg, box(to - 1), box(to));
  for (const Detour& detour : layout.detours) add_detour(svg, box(detour.from), box(detour.to), detour.x);
  for (const Box& each : layout.boxes) add_box(svg, each, layers[static_cast<std::size_t>(each.layer)]);
  return svg + "</svg>\n";
}

std::string model_caption(std::span<const DrawnLayer> layers) {
  std::int64_t encoder = 0, decoder = 0;
  for (const DrawnLayer& layer : layers)
    (layer.part == ModelPart::decoder ? decoder : encoder) += layer.parameters;
  return fmt::format(
      "{} parameters: {} of the encoder, {} of the decoder. The width of a box is the number of values "
      "that the layer gives, on a logarithmic scale.",
      grouped(encoder + decoder), grouped(encoder), grouped(decoder));
}

}  // namespace isthmus::report
