// The words for sequences, [steps, columns] of each sample: cells that go through the steps, and what leads from a
// sequence to a row and back.
//
//     lstm<128>("enc") | last              // [steps, columns] → [128]
//     repeat<24> | lstm<128>("dec")        // [columns] → [24, 128]
//
// A cell is one node of the graph, whatever the number of steps: neither the compiler's time nor the plan grows
// with it. Equations, order of the gates and names are Keras': ops/recurrence.hpp.
#pragma once

#include <isthmus/declare/sequences.hpp>

namespace isthmus {
namespace declare {

/// The names of a cell's parameters.
struct CellParts {
  const char *weight, *recurrent_weight, *bias, *recurrent_bias;
};
inline constexpr CellParts only_direction{"weight", "recurrent_weight", "bias", "recurrent_bias"};
inline constexpr CellParts forward_direction{"forward.weight", "forward.recurrent_weight", "forward.bias",
                                             "forward.recurrent_bias"};
inline constexpr CellParts backward_direction{"backward.weight", "backward.recurrent_weight", "backward.bias",
                                              "backward.recurrent_bias"};

struct RecurrentOptions {
  bool reversed = false;
};
struct Reversed {
  constexpr void apply(RecurrentOptions& options) const { options.reversed = true; }
};

/// The states of a cell after each step: [batch, steps, columns] → [batch, steps, Units].
template <RecurrentCell cell, int Units>
struct Recurrent : Layer {
  const char* name;
  RecurrentOptions options;
  static constexpr int units = Units;
  static constexpr int max_nodes = 8;

  constexpr Recurrent(const char* layer_name, RecurrentOptions o) : name(layer_name), options(o) {}
  constexpr Tensor operator()(Tensor x) const {
    if (!begin(x, Units)) return x;
    return states(x, only_direction, options.reversed);
  }
  /// Begins the layer; `columns` are those of its result. False if x is no sequence.
  constexpr bool begin(Tensor x, int columns) const {
    Scope& scope = scope_of(x);
    scope.begin_layer(name, cell == RecurrentCell::lstm ? "lstm" : "gru",
                      shape_of(batch, x.shape().rank == 3 ? x.shape().dim[1] : 1, columns));
    require_positive(scope, Units);
    return Units > 0 && require_sequence(x);
  }
  constexpr Tensor states(Tensor x, const CellParts& parts, bool reversed) const {
    Scope& scope = scope_of(x);
    constexpr int columns = facts_of(cell).gates * Units;
    const Tensor weight =
        scope.parameter(parts.weight, shape_of(x.shape().columns(), columns), Initializer::glorot_uniform);
    const Tensor recurrent =
        scope.parameter(parts.recurrent_weight, shape_of(Units, columns), Initializer::glorot_uniform);
    const Tensor bias = cell == RecurrentCell::lstm
                            ? scope.parameter(parts.bias, shape_of(columns), Initializer::unit_forget_bias,
                                              static_cast<float>(Units))
                            : scope.parameter(parts.bias, shape_of(columns));
    // The reset gate multiplies what the state gives to the candidate, with a bias of its own.
    const Tensor recurrent_bias =
        cell == RecurrentCell::lstm ? Tensor{} : scope.parameter(parts.recurrent_bias, shape_of(columns));
    return scope.recurrence(cell, matmul(x, weight) + bias, recurrent, recurrent_bias, reversed);
  }
};

template <RecurrentCell cell, int Units>
struct RecurrentWord {
  template <class... Option>
  constexpr auto operator()(const char* name, Option... option) const {
    RecurrentOptions options;
    (option.apply(options), ...);
    return Recurrent<cell, Units>(name, options);
  }
  template <class... Option>
  constexpr Tensor operator()(Tensor x, const char* name = "", Option... option) const {
    return (*this)(name, option...)(x);
  }
};

/// A cell in both directions: [batch, steps, columns] → [batch, steps, 2 units].
template <class Cell>
struct Bidirectional : Layer {
  Cell cell;
  static constexpr int max_nodes = 2 * Cell::max_nodes + 1;

  constexpr explicit Bidirectional(Cell one) : cell(one) {}
  constexpr Tensor operator()(Tensor x) const {
    if (!cell.begin(x, 2 * Cell::units)) return x;
    const Tensor forward = cell.states(x, forward_direction, cell.options.reversed);
    return x.builder->concat({forward, cell.states(x, backward_direction, !cell.options.reversed), {}}, 1);
  }
};

struct Last : Layer {
  static constexpr int max_nodes = 2;
  constexpr Tensor operator()(Tensor x) const {
    if (!require_sequence(x)) return x;
    const int steps = x.shape().dim[1], columns = x.shape().columns();
    return reshape(x.builder->region(x, {{steps - 1, 0, 0}}, shape_of(batch, 1, columns)),
                   shape_of(batch, columns));
  }
};

template <int Steps>
struct Repeat : Layer {
  static_assert(Steps > 0, "a row is repeated once or more");
  static constexpr int max_nodes = 3;
  constexpr Tensor operator()(Tensor x) const {
    Builder& b = *x.builder;
    const Shape shape = x.shape();
    if (shape.rank != 2 || !shape.has_batch()) {
      b.mistake(Mistake::not_a_row, shape, shape_of(batch, shape.elements_per_sample()));
      return x;
    }
    // Kernels repeat a sample's column, not its row: the columns are repeated, and then they are rows.
    const int columns = shape.columns();
    const Tensor column = reshape(x, shape_of(batch, columns, 1));
    return b.permute(b.broadcast(column, shape_of(batch, columns, Steps)), {1, 0});
  }
};

}  // namespace declare

/// `lstm<128>("enc")`: long short-term memory, [steps, columns] → [steps, 128]. Weights start by Glorot's rule,
/// the recurrent ones too, the bias at zero, that of the forget gate at 1 (Gers et al. 2000; Keras'
/// unit_forget_bias). The first state is zero. Option: `reversed`.
template <int Units>
inline constexpr declare::RecurrentWord<RecurrentCell::lstm, Units> lstm{};
/// `gru<128>("enc")`: gated recurrent unit in the form of cuDNN, PyTorch, and Keras' reset_after; as `lstm`.
template <int Units>
inline constexpr declare::RecurrentWord<RecurrentCell::gru, Units> gru{};

/// From the last step to the first; the states stay at the places of their steps.
inline constexpr declare::Reversed reversed{};

/// `bidirectional(lstm<64>("enc"))`: two cells of one layer, one in each direction, their states one behind the
/// other: [steps, columns] → [steps, 128]. Parameters are called `enc.forward.weight`, `enc.backward.weight` …
template <RecurrentCell cell, int Units>
constexpr declare::Bidirectional<declare::Recurrent<cell, Units>> bidirectional(
    declare::Recurrent<cell, Units> one) {
  return declare::Bidirectional<declare::Recurrent<cell, Units>>(one);
}

/// The last step of a sequence: [steps, columns] → [columns].
inline constexpr declare::Last last{};

/// `repeat<24>`: a row for each of so many steps, the same one: [columns] → [24, columns]. Keras' RepeatVector.
template <int Steps>
inline constexpr declare::Repeat<Steps> repeat{};

}  // namespace isthmus
