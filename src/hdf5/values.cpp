#include "values.hpp"

#include <isthmus/data/numbers.hpp>

#include <algorithm>
#include <span>
#include <utility>
#include <vector>

#include "data/shapes.hpp"
#include "pieces.hpp"

namespace isthmus::interchange {
namespace {

/// The selection by which the rows of a data set, which has at least one, are read.
Selection piece_of(FileReader& reader, const std::string& dataset, std::int64_t rows, bool as_bytes) {
  const Selection one = reader.select(dataset, Rows{0, 1}, as_bytes);
  return reader.select(dataset, Rows{0, std::min(rows, one.rows_at_once)}, as_bytes);
}

}  // namespace

Hdf5Values::Hdf5Values(std::unique_ptr<FileReader> reader, std::string dataset, const Hdf5Info& info,
                       bool as_pixels)
    : reader_(std::move(reader)),
      dataset_(std::move(dataset)),
      piece_(piece_of(*reader_, dataset_, info.shape.at(0), as_pixels)),
      size_(data::value_count(info.shape).value_or(0)),
      as_pixels_(as_pixels),
      may_be_missing_(info.may_be_missing) {}

void Hdf5Values::read(std::uint64_t first, std::size_t n, float* out) const {
  if (pixels()) {
    std::vector<std::uint8_t> bytes(n);
    read_bytes(first, n, bytes.data());
    data::to_floats({data::NumberKind::pixel, 1, false}, bytes.data(), n, out);
    return;
  }
  read_rows(first, n, out);
  if (as_pixels_) std::for_each(out, out + n, [](float& value) { value /= 255.0f; });
}

void Hdf5Values::read_bytes(std::uint64_t first, std::size_t n, std::uint8_t* out) const {
  read_rows(first, n, out);
}

template <class T>
void Hdf5Values::read_rows(std::uint64_t first, std::size_t n, T* out) const {
  const std::lock_guard lock(one_at_a_time_);
  Selection selection = piece_;
  selection.rows = {static_cast<std::int64_t>(first) / piece_.row_values,
                    static_cast<std::int64_t>(n) / piece_.row_values};
  read_pieces(*reader_, dataset_, selection, std::span(out, n));
}

}  // namespace isthmus::interchange
