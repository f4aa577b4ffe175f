#include "code_pictures.hpp"

#include <isthmus/report/projection.hpp>
#include <isthmus/report/scatter.hpp>

namespace isthmus::tool {

LatentPicture draw_latent(std::span<const float> codes, int code_size, std::span<const std::uint8_t> labels,
                          const std::string& title) {
  const report::Projection plane = report::project(codes, static_cast<std::size_t>(code_size));
  return {report::draw_scatter({plane.points, labels, report::axis_titles(plane), title}), plane.explained};
}

}  // namespace isthmus::tool
