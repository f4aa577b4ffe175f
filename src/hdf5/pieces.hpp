// Rows read a piece after the other, so that whoever reads them never holds more than a piece besides.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <string>

#include "reading/file_reader.hpp"

namespace isthmus::interchange {

/// All values of the selection; pieces end where chunks do.
template <class T>
void read_pieces(FileReader& reader, const std::string& dataset, const Selection& selection, std::span<T> values) {
  const Rows& all = selection.rows;
  for (std::int64_t row = all.first, end = all.first + all.count; row < end && !values.empty();) {
    const std::int64_t rows = selection.rows_at_once - row % selection.rows_at_once;
    Selection piece = selection;
    piece.rows = {row, std::min(rows, end - row)};
    reader.read(dataset, piece, values.first(piece.values()));
    values = values.subspan(piece.values());
    row += piece.rows.count;
  }
}

}  // namespace isthmus::interchange
