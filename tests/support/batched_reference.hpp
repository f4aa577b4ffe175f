// The meaning of products of each sample's matrices, head by head, in double precision by plain loops.
#pragma once

#include <isthmus/graph.hpp>

#include "support/array.hpp"

#include <cstddef>

namespace isthmus::reference {

/// A matrix for each sample, of so many heads: side by side in a wide one, one below the other in a tall one.
struct HeadsOf {
  std::size_t rows, columns;  ///< of a sample
  std::size_t heads;
  bool is_wide;

  HeadsOf(const Array& of, std::size_t count, bool wide)
      : rows(static_cast<std::size_t>(of.dims.at(1))),
        columns(static_cast<std::size_t>(of.dims.at(2))),
        heads(count),
        is_wide(wide) {}
  std::size_t head_rows() const { return is_wide ? rows : rows / heads; }
  std::size_t head_columns() const { return is_wide ? columns / heads : columns; }
  std::size_t at(std::size_t sample, std::size_t head, std::size_t row, std::size_t column) const {
    const std::size_t first_row = is_wide ? 0 : head * head_rows();
    const std::size_t first_column = is_wide ? head * head_columns() : 0;
    return (sample * rows + first_row + row) * columns + first_column + column;
  }
};

inline void multiply_batched(const Node& self, const Array& a, const Array& b, Array& out) {
  const auto count = static_cast<std::size_t>(self.attribute.as<Heads>());
  const HeadsOf left(a, count, self.transpose_b), right(b, count, true), result(out, count, !self.transpose_b);
  const std::size_t inner = self.transpose_a ? left.head_rows() : left.head_columns();
  for (std::size_t n = 0; n < static_cast<std::size_t>(out.dims[0]); ++n)
    for (std::size_t h = 0; h < count; ++h)
      for (std::size_t r = 0; r < result.head_rows(); ++r)
        for (std::size_t c = 0; c < result.head_columns(); ++c) {
          double sum = 0;
          for (std::size_t k = 0; k < inner; ++k)
            sum += a.values.at(self.transpose_a ? left.at(n, h, k, r) : left.at(n, h, r, k)) *
                   b.values.at(self.transpose_b ? right.at(n, h, c, k) : right.at(n, h, k, c));
          out.values.at(result.at(n, h, r, c)) = sum;
        }
}

}  // namespace isthmus::reference
