// A model's layers as the report draws them.
#pragma once

#include <isthmus/graph.hpp>
#include <isthmus/report/model_drawing.hpp>

#include <vector>

namespace isthmus::tool {

/// The layers of plan::layers_of, with the names that dumps have.
std::vector<report::DrawnLayer> drawn_layers(GraphView declared);

}  // namespace isthmus::tool
