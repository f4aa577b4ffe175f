// The meaning of sparse rows and of their products, in double precision by plain loops.
#pragma once

#include <isthmus/graph.hpp>

#include "support/array.hpp"

#include <cmath>
#include <cstddef>
#include <stdexcept>
#include <vector>

namespace isthmus::reference {

/// The places of the k largest of a row, ascending: of equal values the first, NaN before anything.
inline std::vector<std::size_t> largest_places(const double* row, std::size_t n, std::size_t k) {
  const auto before = [row](std::size_t i, std::size_t j) {  // i is kept rather than j
    const bool i_is_nan = std::isnan(row[i]), j_is_nan = std::isnan(row[j]);
    if (i_is_nan != j_is_nan) return i_is_nan;
    if (!i_is_nan && row[i] != row[j]) return row[i] > row[j];
    return i < j;
  };
  std::vector<std::size_t> kept;
  for (std::size_t i = 0; i < n; ++i) {
    std::size_t better = 0;
    for (std::size_t j = 0; j < n; ++j) better += before(j, i) ? 1 : 0;
    if (better < k) kept.push_back(i);
  }
  return kept;
}

/// The column that number j of a sparse row names in a row of n, or n if there is none.
inline std::size_t named_column(const Array& where, std::size_t row, std::size_t j, std::size_t n) {
  const auto columns = static_cast<std::size_t>(where.dims[1]);
  const double number = where.values.at(row * columns + columns / 2 + j);
  return number >= 0 && number < static_cast<double>(n) ? static_cast<std::size_t>(number) : n;
}

inline bool is_of_sparse_rows(Op op) { return op >= Op::top_k && op <= Op::sparse_outer; }

/// An operation on sparse rows, of its operands in their order.
inline void apply_sparse_operation(const Node& self, const Array& a, const Array& b, const Array& c, Array& out) {
  const auto extent = [](const Array& x, std::size_t axis) { return static_cast<std::size_t>(x.dims.at(axis)); };
  const bool of_where = self.op == Op::sparse_scatter || self.op == Op::sparse_gather;
  const std::size_t rows = extent(self.op == Op::top_k ? a : of_where ? b : c, 0);
  out.values.assign(out.values.size(), 0.0);
  if (self.op == Op::top_k) {
    const std::size_t n = extent(a, 1), columns = extent(out, 1), k = columns / 2;
    for (std::size_t r = 0; r < rows; ++r) {
      std::size_t j = 0;
      for (const std::size_t place : largest_places(a.values.data() + r * n, n, k)) {
        out.values.at(r * columns + j) = a.values.at(r * n + place);
        out.values.at(r * columns + k + j++) = static_cast<double>(place);
      }
    }
    return;
  }
  const Array& where = of_where ? b : c;
  const std::size_t columns = extent(where, 1), k = columns / 2;
  for (std::size_t r = 0; r < rows; ++r)
    for (std::size_t j = 0; j < k; ++j) {
      if (self.op == Op::sparse_gather) {  // of one row for all samples, or of one for each
        const auto n = static_cast<std::size_t>(a.dims.back());
        const std::size_t column = named_column(where, r, j, n), first = a.values.size() == n ? 0 : r * n;
        if (column < n) out.values.at(r * columns + j) = a.values.at(first + column);
        continue;
      }
      const double value = a.values.at(r * extent(a, 1) + j % extent(a, 1));
      switch (self.op) {
        case Op::sparse_scatter: {
          const std::size_t n = extent(out, 1), column = named_column(where, r, j, n);
          if (column < n) out.values.at(r * n + column) += value;
          break;
        }
        case Op::sparse_matmul: {
          const std::size_t n = extent(b, 0), m = extent(b, 1), column = named_column(where, r, j, n);
          for (std::size_t i = 0; i < m && column < n; ++i)
            out.values.at(r * m + i) += value * b.values.at(column * m + i);
          break;
        }
        case Op::sampled_matmul: {
          const std::size_t n = extent(b, 0), m = extent(b, 1), column = named_column(where, r, j, n);
          for (std::size_t i = 0; i < m && column < n; ++i)
            out.values.at(r * columns + j) += a.values.at(r * m + i) * b.values.at(column * m + i);
          break;
        }
        case Op::sparse_outer: {
          const std::size_t m = extent(b, 1), n = out.values.size() / m, column = named_column(where, r, j, n);
          for (std::size_t i = 0; i < m && column < n; ++i)
            out.values.at(self.transpose_a ? i * n + column : column * m + i) += value * b.values.at(r * m + i);
          break;
        }
        default: throw std::logic_error("no operation on sparse rows");
      }
    }
}

}  // namespace isthmus::reference
