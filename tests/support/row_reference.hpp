// What operations over rows mean, in double precision by the plainest code.
#pragma once

#include <isthmus/builder.hpp>

#include <algorithm>
#include <cmath>
#include <functional>
#include <stdexcept>
#include <string>
#include <vector>

namespace isthmus::reference {

using Row = std::vector<double>;

struct RowReference {
  const RowOperation* operation;
  std::function<Row(const std::vector<Row>& operands, double value)> meaning;
};

/// A test adds its own operations.
inline std::vector<RowReference> row_references = {
    {&ops::row_max,
     [](const std::vector<Row>& x, double) {
       for (const double v : x[0])
         if (std::isnan(v)) return Row{v};
       return Row{*std::max_element(x[0].begin(), x[0].end())};
     }},
};

/// One row of the result.
inline Row evaluate(const RowOperation& operation, const std::vector<Row>& operands, double value) {
  for (const RowReference& one : row_references)
    if (one.operation == &operation) return one.meaning(operands, value);
  throw std::logic_error(std::string("no reference for ") + operation.name);
}

/// All rows; operands of one row are repeated.
inline void over_rows(const RowOperation& operation, const std::vector<const Row*>& operands,
                      const std::vector<std::size_t>& columns, double value, std::size_t result_columns, Row& out) {
  for (std::size_t row = 0; row < out.size() / result_columns; ++row) {
    std::vector<Row> of_row;
    for (std::size_t k = 0; k < operands.size(); ++k) {
      const std::size_t first = operands[k]->size() == columns[k] ? 0 : row * columns[k];
      const auto begin = operands[k]->begin() + static_cast<std::ptrdiff_t>(first);
      of_row.emplace_back(begin, begin + static_cast<std::ptrdiff_t>(columns[k]));
    }
    const Row result = evaluate(operation, of_row, value);
    std::copy(result.begin(), result.end(), out.begin() + static_cast<std::ptrdiff_t>(row * result_columns));
  }
}

}  // namespace isthmus::reference
