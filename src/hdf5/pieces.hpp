// Rows are read in pieces, so that a reader never holds more than one piece in addition to the result.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <type_traits>
#include <vector>

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

/// The rows of a data set, or all of it.
template <class T>
std::vector<T> read_all(FileReader& reader, const std::string& dataset, const std::optional<Rows>& rows = {}) {
  const Selection selection = reader.select(dataset, rows, std::is_same_v<T, std::uint8_t>);
  std::vector<T> values(selection.values());
  read_pieces(reader, dataset, selection, std::span(values));
  return values;
}

}  // namespace isthmus::interchange
