// Values that move, and rows of tables, in double precision: every value is looked up by its indices.
#pragma once

#include <isthmus/builder.hpp>

#include "support/array.hpp"

#include <cmath>
#include <vector>

namespace isthmus::reference {

/// The index of a value of a sample in each dimension, the last one fastest.
inline std::vector<int> indices_of(std::size_t element, const std::vector<int>& dims) {
  std::vector<int> at(dims.size());
  for (std::size_t d = dims.size(); d-- > 0;) {
    at[d] = static_cast<int>(element % static_cast<std::size_t>(dims[d]));
    element /= static_cast<std::size_t>(dims[d]);
  }
  return at;
}
/// The value there, or zero if there is none.
inline double value_at(const Array& array, const std::vector<int>& at) {
  std::size_t element = 0;
  for (std::size_t d = 0; d < at.size(); ++d) {
    if (at[d] < 0 || at[d] >= array.dims[d]) return 0;
    element = element * static_cast<std::size_t>(array.dims[d]) + static_cast<std::size_t>(at[d]);
  }
  return array.values.at(element);
}

inline void move(const Node& self, const std::vector<Array>& operands, Array& out) {
  const std::size_t first = self.shape.has_batch() ? 1 : 0;
  const auto ones = static_cast<int>(Shape::most_of_sample - (out.dims.size() - first));
  for (std::size_t e = 0; e < out.values.size(); ++e) {
    std::vector<int> at = indices_of(e, out.dims);
    std::size_t part = 0;
    if (self.op == Op::region) {
      for (std::size_t d = first; d < at.size(); ++d) at[d] += self.offset[static_cast<int>(d - first)];
    } else if (self.op == Op::concat) {
      int& along = at[first + static_cast<std::size_t>(self.attribute.as<Axis>())];
      const auto axis = static_cast<std::size_t>(&along - at.data());
      for (; along >= operands[part].dims[axis]; ++part) along -= operands[part].dims[axis];
    } else {
      std::vector<int> from = at;
      for (std::size_t d = first; d < at.size(); ++d) {
        const int of_operand =
            dimension_of(self.attribute.as<Permutation>(), static_cast<int>(d - first) + ones) - ones;
        from[first + static_cast<std::size_t>(of_operand)] = at[d];
      }
      at = from;
    }
    out.values[e] = value_at(operands[part], at);
  }
}

/// Rows of a table, or of the identity where there is none.
inline void gather(const Array& index, const Array* table, Array& out) {
  const auto columns = static_cast<std::size_t>(out.dims.back());
  for (std::size_t row = 0; row < index.values.size(); ++row)
    for (std::size_t c = 0; c < columns; ++c) {
      const double number = index.values[row];
      const double end = table == nullptr ? out.dims.back() : table->dims[0];
      double& to = out.values.at(row * columns + c);
      if (!(number >= 0 && number < end) || std::floor(number) != number) to = NAN;
      else if (table == nullptr) to = static_cast<double>(c) == number ? 1 : 0;
      else to = table->values.at(static_cast<std::size_t>(number) * columns + c);
    }
}
/// The sum of the rows of each number.
inline void scatter(const Array& index, const Array& rows, Array& out) {
  const auto columns = static_cast<std::size_t>(out.dims.back());
  out.values.assign(out.values.size(), 0.0);
  for (std::size_t row = 0; row < index.values.size(); ++row)
    for (std::size_t c = 0; c < columns; ++c)
      out.values.at(static_cast<std::size_t>(index.values[row]) * columns + c) +=
          rows.values.at(row * columns + c);
}

}  // namespace isthmus::reference
