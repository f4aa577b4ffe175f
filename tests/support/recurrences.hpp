// Recurrences of every cell and direction in small graphs, for the tests of exports.
#pragma once

#include "support/sketch.hpp"

namespace isthmus::testing {

struct RecurrenceCase {
  const char* name;
  RecurrentCell cell;
  bool reversed, has_bias;
};
inline constexpr RecurrenceCase recurrence_cases[] = {
    {"lstm", RecurrentCell::lstm, false, false},
    {"lstm, reversed, with a bias of its products", RecurrentCell::lstm, true, true},
    {"gru", RecurrentCell::gru, false, true},
    {"gru, reversed", RecurrentCell::gru, true, false},
};

/// The states of a cell of five units that reads x, [batch, steps, columns], through weights and a bias.
inline Tensor states_of(Sketch& s, Tensor x, const RecurrenceCase& one) {
  constexpr int units = 5;
  const int columns = facts_of(one.cell).gates * units;
  const Tensor weight = s.parameter(shape_of(x.shape().columns(), columns)), bias = s.parameter(shape_of(columns));
  const Tensor recurrent = s.parameter(shape_of(units, columns));
  const Tensor of_products = one.has_bias ? s.parameter(shape_of(columns)) : Tensor{};
  return s.b.recurrence(one.cell, matmul(x, weight) + bias, recurrent, of_products, one.reversed);
}

/// The same row for each of four steps, as `repeat` writes it.
inline Tensor repeated(Tensor row) {
  const int columns = row.shape().columns();
  const Tensor column = reshape(row, shape_of(batch, columns, 1));
  return row.builder->permute(row.builder->broadcast(column, shape_of(batch, columns, 4)), {1, 0});
}

/// The last state.
inline Tensor last_of(Tensor states) {
  const int steps = states.shape().dim[1], units = states.shape().columns();
  return reshape(states.builder->region(states, {{steps - 1, 0, 0}}, shape_of(batch, 1, units)),
                 shape_of(batch, units));
}

}  // namespace isthmus::testing
