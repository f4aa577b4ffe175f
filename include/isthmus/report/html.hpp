// A report of a training run as one HTML file that needs no other.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <isthmus/report/history.hpp>
#include <isthmus/report/image_format.hpp>
#include <isthmus/report/model_drawing.hpp>

namespace isthmus::report {

/// A picture of the report.
struct Illustration {
  std::string caption;  ///< also what is read out in place of the picture
  std::string bytes;    ///< of a file of this format
  ImageFormat format = ImageFormat::png;
};

/// The contents of a report; empty parts are left out. All text is UTF-8.
struct Report {
  std::string title;
  std::vector<std::pair<std::string, std::string>> settings;  ///< names and values: graph, batch, seed, …
  std::vector<std::pair<std::string, std::string>> figures;   ///< names and values of the results
  History history;
  std::vector<Illustration> pictures;
  std::string model;                    ///< the model as text, shown as it stands, unfolded on demand
  std::vector<DrawnLayer> layers = {};  ///< the model as a drawing
};

/// The report as one self-contained HTML5 page: no script, no link to anything outside; light or dark as the
/// reader's system is; made for phones as well. Throws ShapeError if the history has epochs and is inconsistent,
/// or as draw_model does.
std::string to_html(const Report& report);

/// `bytes` in base64 (RFC 4648, padded).
std::string base64(std::string_view bytes);

}  // namespace isthmus::report
