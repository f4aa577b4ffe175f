#include "report/model_layout.hpp"

#include <isthmus/error.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <functional>
#include <iterator>
#include <limits>
#include <numeric>

#include "text.hpp"

namespace isthmus::report {
namespace {

constexpr int narrowest_box = 200, widest_box = 324;
constexpr int box_gap = 26;        // between two boxes, room for an arrow
constexpr int outline_margin = 3;  // for the boxes' outlines
constexpr int lane_width = 12;     // of a detour
/// The approximate width of a character: the browser chooses the font.
constexpr int character_width = 7;
constexpr std::size_t most_steps = 8;

std::int64_t values_of(const DrawnLayer& layer) {
  return std::accumulate(layer.shape.begin(), layer.shape.end(), std::int64_t{1}, std::multiplies<>());
}

void require_drawable(std::span<const DrawnLayer> layers) {
  if (layers.empty()) throw ShapeError("model: expected at least one layer, found none");
  const auto count = static_cast<int>(layers.size());
  for (const DrawnLayer& layer : layers) {
    const bool has_size =
        std::all_of(layer.shape.begin(), layer.shape.end(), [](auto extent) { return extent > 0; });
    const bool has_inputs = std::all_of(layer.inputs.begin(), layer.inputs.end(),
                                        [&](int input) { return input >= 0 && input < count; });
    if (has_size && has_inputs) continue;
    throw ShapeError(fmt::format("model: layer {}: expected positive extents and inputs below {}, found {} and {}",
                                 shown(layer.name), count, layer.shape, layer.inputs));
  }
}

/// The words in as many lines as a box of this width needs; one that is too long for a line is cut.
void add_lines(Box& box, const char* style, const std::vector<std::string>& words, const char* separator) {
  const auto most = static_cast<std::size_t>((box.width - 2 * box_padding) / character_width);
  std::string line;
  for (const std::string& word : words) {
    const std::string next = shown(word, terminal_columns(word) <= most ? word.size() : most - 3);
    if (!line.empty() && terminal_columns(line) + terminal_columns(next) + 2 > most) {
      box.lines.push_back({style, line + separator});
      line.clear();
    }
    line += (line.empty() ? "" : std::string(separator) + ' ') + next;
  }
  if (!line.empty()) box.lines.push_back({style, line});
}

/// The steps of a layer, without consecutive repetitions, and at most most_steps.
std::vector<std::string> steps_of(const DrawnLayer& layer) {
  std::vector<std::string> steps;
  std::unique_copy(layer.steps.begin(), layer.steps.end(), std::back_inserter(steps));
  if (steps.size() > most_steps) {
    steps.resize(most_steps - 1);
    steps.emplace_back("…");
  }
  return steps;
}

void add_texts(Box& box, const DrawnLayer& layer) {
  add_lines(box, "name", {layer.name}, "");
  if (layer.part == ModelPart::bottleneck) box.lines.push_back({"mark", "bottleneck"});
  add_lines(box, "step", steps_of(layer), ",");
  const std::string count = fmt::format("{} value{}", grouped(values_of(layer)), values_of(layer) == 1 ? "" : "s");
  if (layer.shape.size() > 1)
    add_lines(box, "step", {fmt::format("{}", fmt::join(layer.shape, " × ")), "= " + count}, "");
  else add_lines(box, "step", {count}, "");
  std::vector<std::string> parameters;
  if (layer.parameters > 0) parameters.push_back(grouped(layer.parameters) + " parameters");
  for (const std::string& name : layer.shared) parameters.push_back("shares " + name);
  add_lines(box, "quiet", parameters, ",");
}

/// The boxes from the top: the encoder's, the bottleneck, the decoder's.
std::vector<Box> boxes_of(std::span<const DrawnLayer> layers) {
  std::vector<Box> boxes(layers.size());
  for (std::size_t i = 0; i < boxes.size(); ++i) boxes[i].layer = static_cast<int>(i);
  const auto part = [&](const Box& box) { return layers[static_cast<std::size_t>(box.layer)].part; };
  std::stable_sort(boxes.begin(), boxes.end(), [&](const Box& a, const Box& b) { return part(a) < part(b); });
  double fewest = std::numeric_limits<double>::infinity(), most = 0;
  for (const DrawnLayer& layer : layers) {
    const double values = std::log(static_cast<double>(values_of(layer)));
    fewest = std::min(fewest, values);
    most = std::max(most, values);
  }
  int top = heading_height;
  for (std::size_t i = 0; i < boxes.size(); ++i) {
    Box& box = boxes[i];
    const DrawnLayer& layer = layers[static_cast<std::size_t>(box.layer)];
    const bool is_code_side = layer.part != ModelPart::decoder;
    box.begins_part = i == 0 || (!is_code_side && part(boxes[i - 1]) != ModelPart::decoder);
    const double share =
        most > fewest ? (std::log(static_cast<double>(values_of(layer))) - fewest) / (most - fewest) : 1;
    box.width = narrowest_box + 2 * static_cast<int>(std::lround(share * (widest_box - narrowest_box) / 2));
    box.left = outline_margin + (widest_box - box.width) / 2;
    box.top = top;
    add_texts(box, layer);
    box.height = 2 * box_padding + line_height * static_cast<int>(box.lines.size());
    top += box.height + box_gap;
  }
  return boxes;
}

/// Gives each detour the innermost lane that is free all along it.
int assign_lanes(std::vector<Detour>& detours) {
  std::vector<int> lane_ends;
  std::sort(detours.begin(), detours.end(), [](const Detour& a, const Detour& b) {
    return std::minmax(a.from, a.to) < std::minmax(b.from, b.to);
  });
  for (Detour& detour : detours) {
    const auto [first, last] = std::minmax(detour.from, detour.to);
    std::size_t lane = 0;
    while (lane < lane_ends.size() && lane_ends[lane] > first) ++lane;
    if (lane == lane_ends.size()) lane_ends.push_back(0);
    lane_ends[lane] = last;
    detour.x = outline_margin + widest_box + lane_width * static_cast<int>(lane + 1);
  }
  return static_cast<int>(lane_ends.size());
}

}  // namespace

ModelLayout lay_out(std::span<const DrawnLayer> layers) {
  require_drawable(layers);
  ModelLayout layout;
  layout.boxes = boxes_of(layers);
  std::vector<int> box_of(layers.size());
  for (std::size_t i = 0; i < layout.boxes.size(); ++i)
    box_of[static_cast<std::size_t>(layout.boxes[i].layer)] = static_cast<int>(i);
  for (std::size_t i = 0; i < layout.boxes.size(); ++i) {
    for (const int input : layers[static_cast<std::size_t>(layout.boxes[i].layer)].inputs) {
      const int from = box_of[static_cast<std::size_t>(input)], to = static_cast<int>(i);
      if (from + 1 == to) layout.arrows.push_back(to);
      else layout.detours.push_back({from, to, 0});
    }
  }
  const int lanes = assign_lanes(layout.detours);
  layout.width = 2 * outline_margin + widest_box + lane_width * lanes;
  layout.height = layout.boxes.back().top + layout.boxes.back().height + outline_margin;
  return layout;
}

}  // namespace isthmus::report
