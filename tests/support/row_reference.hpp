// The meaning of operations over rows and samples, in double precision by the plainest code.
#pragma once

#include <isthmus/builder.hpp>
#include <isthmus/ops/hardmax.hpp>
#include <isthmus/ops/repeat_rows.hpp>
#include <isthmus/ops/row_norm.hpp>

#include <algorithm>
#include <cmath>
#include <functional>
#include <stdexcept>
#include <string>
#include <vector>

#include "support/sample_operations.hpp"

namespace isthmus::reference {

using Row = std::vector<double>;

/// The operands of one row, or one sample, of the result.
struct RowOperands {
  const std::vector<Row>& at;
  const std::vector<Shape>& shapes;  ///< as a whole
  double value;

  const Row& operator[](std::size_t k) const { return at[k]; }
};

struct RowReference {
  const RowOperation* operation;
  std::function<Row(const RowOperands&)> meaning;
};

/// Each pixel's sum of all of its channel between it and one corner of the image, from the first one or the last.
inline Row pixel_sums(const Row& x, const Shape& shape, bool from_last) {
  const testing::SampleExtents of = testing::extents_of(shape);
  const auto at = [&](int row, int column, int channel) {
    return static_cast<std::size_t>((row * of.width + column) * of.channels + channel);
  };
  Row y(x.size(), 0.0);
  for (int c = 0; c < of.channels; ++c)
    for (int h = 0; h < of.height; ++h)
      for (int w = 0; w < of.width; ++w)
        for (int i = from_last ? h : 0; i <= (from_last ? of.height - 1 : h); ++i)
          for (int j = from_last ? w : 0; j <= (from_last ? of.width - 1 : w); ++j)
            y[at(h, w, c)] += x[at(i, j, c)];
  return y;
}
/// The value at i, zero beyond the ends.
inline double value_at(const Row& x, std::ptrdiff_t i) {
  return i < 0 || i >= std::ssize(x) ? 0 : x[static_cast<std::size_t>(i)];
}
/// `size` values, each a function of its index.
template <class Function>
Row row_of(std::ptrdiff_t size, Function function) {
  Row y;
  for (std::ptrdiff_t i = 0; i < size; ++i) y.push_back(function(i));
  return y;
}
/// The sum of so many numbers, each a function of its index.
template <class Function>
double sum_of(std::ptrdiff_t count, Function function) {
  double sum = 0;
  for (std::ptrdiff_t i = 0; i < count; ++i) sum += function(i);
  return sum;
}
/// A row so many times, and the sum of so many rows.
inline Row repeated_row(const RowOperands& x, std::ptrdiff_t count) {
  const auto columns = std::ssize(x[0]);
  return row_of(columns * count, [&](auto i) { return value_at(x[0], i % columns); });
}
inline Row sum_of_rows(const RowOperands& x, std::ptrdiff_t count) {
  const auto columns = std::ssize(x[0]) / count;
  return row_of(
      columns, [&](auto i) { return sum_of(count, [&](auto row) { return value_at(x[0], row * columns + i); }); });
}
template <int count>
RowReference repeated_rows() {
  return {&ops::RepeatedRows<count>::repeat, [](const RowOperands& x) { return repeated_row(x, count); }};
}
template <int count>
RowReference summed_rows() {
  return {&ops::RepeatedRows<count>::sum, [](const RowOperands& x) { return sum_of_rows(x, count); }};
}
inline Row from_its_end(const RowOperands& x) { return {x[0].rbegin(), x[0].rend()}; }

/// A test adds its own operations.
inline std::vector<RowReference> row_references = {
    {&ops::row_max,
     [](const RowOperands& x) {
       for (const double v : x[0])
         if (std::isnan(v)) return Row{v};
       return Row{*std::max_element(x[0].begin(), x[0].end())};
     }},
    {&ops::hardmax,
     [](const RowOperands& x) {
       Row y(x[0].size(), 0.0);
       for (const double v : x[0])
         if (std::isnan(v)) return Row(x[0].size(), v);
       y[static_cast<std::size_t>(std::max_element(x[0].begin(), x[0].end()) - x[0].begin())] = 1;
       return y;
     }},
    {&ops::cumulative_sum,
     [](const RowOperands& x) {
       return row_of(std::ssize(x[0]),
                     [&](auto i) { return sum_of(i + 1, [&](auto k) { return value_at(x[0], k); }); });
     }},
    {&ops::cumulative_sum_backward,
     [](const RowOperands& x) {
       const auto n = std::ssize(x[0]);
       return row_of(n, [&](auto i) { return sum_of(n - i, [&](auto k) { return value_at(x[0], i + k); }); });
     }},
    {&ops::row_norm,
     [](const RowOperands& x) {
       return Row{std::sqrt(sum_of(std::ssize(x[0]), [&](auto i) { return std::pow(value_at(x[0], i), 2); }))};
     }},
    {&testing::running_total, [](const RowOperands& x) { return pixel_sums(x[0], x.shapes[0], false); }},
    {&testing::running_total_backward, [](const RowOperands& x) { return pixel_sums(x[0], x.shapes[0], true); }},
    {&testing::autocorrelation,
     [](const RowOperands& x) {
       return row_of(testing::lags, [&](auto d) {
         return sum_of(std::ssize(x[0]), [&](auto i) { return value_at(x[0], i) * value_at(x[0], i + d); });
       });
     }},
    {&testing::autocorrelation_backward,
     [](const RowOperands& x) {
       return row_of(std::ssize(x[0]), [&](auto i) {
         return sum_of(testing::lags, [&](auto d) {
           return value_at(x[1], d) * (value_at(x[0], i + d) + value_at(x[0], i - d));
         });
       });
     }},
    {&testing::filtered,
     [](const RowOperands& x) {
       const auto taps = std::ssize(x[1]);
       return row_of(std::ssize(x[0]), [&](auto i) {
         return sum_of(taps, [&](auto k) { return value_at(x[1], k) * value_at(x[0], i + k - taps / 2); });
       });
     }},
    {&testing::filtered_backward,
     [](const RowOperands& x) {
       const auto taps = std::ssize(x[1]);
       return row_of(std::ssize(x[0]), [&](auto i) {
         return sum_of(taps, [&](auto k) { return value_at(x[1], k) * value_at(x[0], i - k + taps / 2); });
       });
     }},
    {&testing::filtered_weights,
     [](const RowOperands& x) {
       const auto taps = std::ssize(x[2]);
       return row_of(taps, [&](auto k) {
         return sum_of(std::ssize(x[0]),
                       [&](auto i) { return value_at(x[1], i) * value_at(x[0], i + k - taps / 2); });
       });
     }},
    repeated_rows<3>(),
    summed_rows<3>(),
    {&testing::unfolded, from_its_end},
    {&testing::folded, from_its_end},
    {&testing::masked,
     [](const RowOperands& x) {
       return row_of(std::ssize(x[0]), [&](auto i) { return value_at(x[0], i) * value_at(x[1], i); });
     }},
};

/// One row of the result.
inline Row evaluate(const RowOperation& operation, const RowOperands& operands) {
  for (const RowReference& one : row_references)
    if (one.operation == &operation) return one.meaning(operands);
  throw std::logic_error(std::string("no reference for ") + operation.name);
}

/// All rows, or all samples, of a node whose operands have these shapes; operands of one row or sample are
/// repeated.
inline void over_rows(const Node& node, const std::vector<const Row*>& operands, const std::vector<Shape>& shapes,
                      Row& out) {
  const auto values_of = [&](const Shape& shape) {
    const bool whole = node.row_operation->whole_samples;
    return static_cast<std::size_t>(whole ? shape.elements_per_sample() : shape.columns());
  };
  const std::size_t result_values = values_of(node.shape);
  for (std::size_t row = 0; row < out.size() / result_values; ++row) {
    std::vector<Row> of_row;
    for (std::size_t k = 0; k < operands.size(); ++k) {
      const std::size_t values = values_of(shapes[k]);
      const std::size_t first = operands[k]->size() == values ? 0 : row * values;
      const auto begin = operands[k]->begin() + static_cast<std::ptrdiff_t>(first);
      of_row.emplace_back(begin, begin + static_cast<std::ptrdiff_t>(values));
    }
    const Row result = evaluate(*node.row_operation, {of_row, shapes, double{node.value}});
    std::copy(result.begin(), result.end(), out.begin() + static_cast<std::ptrdiff_t>(row * result_values));
  }
}

}  // namespace isthmus::reference
