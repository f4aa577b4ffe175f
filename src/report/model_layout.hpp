// The layout of the boxes and lines of a drawn model.
#pragma once

#include <isthmus/report/model_drawing.hpp>

#include <span>
#include <string>
#include <vector>

namespace isthmus::report {

/// A line of text and its class in the style sheet.
struct BoxLine {
  const char* style;
  std::string text;
};

/// A layer's place. All measures are user units of the drawing: pixels on a display that is 360 pixels wide.
struct Box {
  int layer = 0;
  int left = 0, top = 0, width = 0, height = 0;
  std::vector<BoxLine> lines;
  bool begins_part = false;  ///< the first one of the encoder or of the decoder
};

/// A connection of two boxes that do not follow each other: out at the side, along `x`, and in again.
struct Detour {
  int from = 0, to = 0;  ///< boxes
  int x = 0;
};

/// The whole drawing.
struct ModelLayout {
  int width = 0, height = 0;
  std::vector<Box> boxes;   ///< from the top
  std::vector<int> arrows;  ///< the boxes that read the one above
  std::vector<Detour> detours;
};

inline constexpr int line_height = 17;
inline constexpr int box_padding = 7;      ///< above and below the lines
inline constexpr int heading_height = 22;  ///< of the first part's name, above all boxes

/// Throws ShapeError as draw_model does.
ModelLayout lay_out(std::span<const DrawnLayer> layers);

}  // namespace isthmus::report
