#include "drawn_layers.hpp"

#include <isthmus/dump.hpp>
#include <isthmus/plan/layers.hpp>

namespace isthmus::tool {
namespace {

report::ModelPart part_of(plan::Side side) {
  switch (side) {
    case plan::Side::encoder: return report::ModelPart::encoder;
    case plan::Side::code: return report::ModelPart::bottleneck;
    case plan::Side::decoder: break;
  }
  return report::ModelPart::decoder;
}

}  // namespace

std::vector<report::DrawnLayer> drawn_layers(GraphView declared) {
  std::vector<report::DrawnLayer> drawn;
  for (const plan::Layer& layer : plan::layers_of(declared)) {
    report::DrawnLayer& each = drawn.emplace_back();
    each.name = layer.name;
    each.part = part_of(layer.side);
    for (const int node : layer.steps) each.steps.push_back(step_name(declared[node]));
    const Shape& shape = layer.shape;
    each.shape.assign(shape.dim + (shape.has_batch() ? 1 : 0), shape.dim + shape.rank);
    each.parameters = layer.parameters;
    for (const int node : layer.shared) each.shared.push_back(node_name(declared[node]));
    each.inputs = layer.inputs;
  }
  return drawn;
}

}  // namespace isthmus::tool
