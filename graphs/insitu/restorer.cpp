#include "restorer.hpp"

#include <isthmus/data/bounded.hpp>

#include <algorithm>

#include "tiles.hpp"

namespace insitu {

static_assert(graphs::Field::model.code_size() == code_size);

Restorer::Restorer(const std::vector<isthmus::NamedTensor>& parameters, const std::string& source) {
  decoder_.write(parameters, source);
  // A rank has a core of its own, and its threads are the simulation's.
  decoder_.set_threads(isthmus::Threads::none());
}

std::vector<float> Restorer::guess(const StoredField& stored, int rows, int columns, const std::string& name) {
  std::vector<float> field(static_cast<std::size_t>(rows) * static_cast<std::size_t>(columns), 0.0f);
  if (stored.codes.empty()) return field;
  const auto tiles = static_cast<std::size_t>(tiles_of(rows, columns));
  const std::vector<float> nothing(tiles * code_size, 0.0f);
  const auto all = std::span(nothing);
  const std::vector<float> scales =
      isthmus::data::decode_bounded(stored.scales, all.first(2 * tiles), {}, name + ", scales");
  const std::vector<float> codes = isthmus::data::decode_bounded(stored.codes, all, {}, name + ", codes");

  std::vector<float> decoded(static_cast<std::size_t>(batch) * tile_points);
  for_each_tile(rows, columns, [&](int tile, std::size_t first) {
    const int within = tile % batch;
    if (within == 0) {
      const std::size_t begin = static_cast<std::size_t>(tile),
                        count = std::min<std::size_t>(batch, tiles - begin);
      decoder_.decode(std::span(codes).subspan(begin * code_size, count * code_size),
                      std::span(decoded).first(count * tile_points));
    }
    const auto i = static_cast<std::size_t>(tile);
    join(decoded.data() + within * tile_points, scales[i], scales[tiles + i], field.data() + first, columns);
  });
  return field;
}

std::vector<float> Restorer::restore(const StoredField& stored, int rows, int columns, const std::string& name) {
  std::vector<float> field = guess(stored, rows, columns, name);
  if (stored.residual.empty()) return field;
  return isthmus::data::decode_bounded(stored.residual, field, maker(), name + ", residual");
}

}  // namespace insitu
