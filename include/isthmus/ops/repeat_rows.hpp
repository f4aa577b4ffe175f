// A row for each sample, repeated: what several draws of a code have in common.
#pragma once

#include <isthmus/ops/rows.hpp>

#include <algorithm>

namespace isthmus::ops {

/// Two operations over samples, each the other's gradient: [batch, columns] → [batch, count, columns], the same
/// row `count` times, and its transpose, the sum of these rows. Both belong to losses, which are not exported.
template <int count>
struct RepeatedRows {
  static constexpr Shape shape_of_repeated(const Shape* of) {
    return shape_of(batch, count, of[0].rank == 2 ? of[0].dim[1] : 0);
  }
  static constexpr Shape shape_of_sum(const Shape* of) {
    return shape_of(batch, of[0].rank == 3 ? of[0].dim[2] : 0);
  }
  static constexpr Tensor gradient_of_repeated(const Derivative& d, int) {
    return d.g.builder->over_rows(sum, {d.g, {}, {}});
  }
  static constexpr Tensor gradient_of_sum(const Derivative& d, int) {
    return d.g.builder->over_rows(repeat, {d.g, {}, {}});
  }

  static constexpr RowOperation repeat{
      .name = "repeat_rows",
      .whole_samples = true,
      .kernel =
          [](const RowCall& call) noexcept {
            for (int row = 0; row < count; ++row)
              std::copy_n(call.operands[0], call.columns[0], call.result + row * call.columns[0]);
          },
      .shape = &shape_of_repeated,
      .gradient = &gradient_of_repeated,
      .flops = 0,
  };
  static constexpr RowOperation sum{
      .name = "sum_of_rows",
      .whole_samples = true,
      .kernel =
          [](const RowCall& call) noexcept {
            std::copy_n(call.operands[0], call.result_columns, call.result);
            for (int row = 1; row < count; ++row)
              for (int i = 0; i < call.result_columns; ++i)
                call.result[i] += call.operands[0][row * call.result_columns + i];
          },
      .shape = &shape_of_sum,
      .gradient = &gradient_of_sum,
  };
};

}  // namespace isthmus::ops

namespace isthmus {

/// [batch, columns] → [batch, count, columns].
template <int count>
constexpr Tensor repeat_rows(Tensor x) {
  return x.builder->over_rows(ops::RepeatedRows<count>::repeat, {x, {}, {}});
}

}  // namespace isthmus
