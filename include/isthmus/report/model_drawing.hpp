// A model as a drawing: its layers from the input to the output, and what reads what.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace isthmus::report {

/// The part of a model that a layer is in.
enum class ModelPart { encoder, bottleneck, decoder };

/// A layer as it is drawn. All text is UTF-8.
struct DrawnLayer {
  std::string name;
  ModelPart part = ModelPart::encoder;
  std::vector<std::string> steps;   ///< its operations, in order: `dense`, `elu`
  std::vector<std::int64_t> shape;  ///< of its result, of one sample
  std::int64_t parameters = 0;      ///< trained values of its own
  std::vector<std::string> shared;  ///< the parameters that another layer has as well
  std::vector<int> inputs;          ///< the layers that it reads, by their places in the list
};

/// An SVG element for a page whose style sheet has its classes (html_style.hpp): a box for each layer, from the
/// encoder's first at the top to the decoder's last, the bottleneck marked. A box is the wider the more values the
/// layer gives, on a logarithmic scale. Arrows lead from each box to the next that reads it, and lines at the side
/// to any other. It is made for 360 pixels and grows with them. Throws ShapeError if there is no layer, an extent
/// is not positive, or an input is no layer.
std::string draw_model(std::span<const DrawnLayer> layers);

/// The text of the drawing's caption: `938,522 parameters: 468,874 of the encoder, …`.
std::string model_caption(std::span<const DrawnLayer> layers);

}  // namespace isthmus::report
